"""Findings: what a probe says, how grave it is, and its mend.

Each probe's rules are one enum. A rule's code is `probe.rule`; codes are stable, and
docs/operating.md lists them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum


class Level(StrEnum):
    """How grave a finding is; `look` is no fault, only worth a look."""

    OK = "ok"
    LOOK = "look"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One sentence, and what to do about it; neither holds the value of a secret."""

    code: str
    level: Level
    text: str
    mend: str = ""

    @property
    def probe(self) -> str:
        """The probe that found it."""
        return self.code.partition(".")[0]


class Rule(Enum):
    """What one probe can say: level, text and mend, both with names in braces."""

    def __init__(self, level: Level, text: str, mend: str = "") -> None:
        self.level, self.template, self.remedy = level, text, mend

    @property
    def code(self) -> str:
        """The stable code; the class names the probe."""
        return f"{type(self).__name__.casefold()}.{self.name.casefold()}"

    def found(self, **values: object) -> Finding:
        """Fill the names in."""
        text, mend = self.template.format_map(values), self.remedy.format_map(values)
        return Finding(self.code, self.level, text, mend)


def worst(findings: Iterable[Finding]) -> Level:
    """Return the gravest level; OK without a finding."""
    levels = list(Level)
    return max((each.level for each in findings), key=levels.index, default=Level.OK)


EXIT_CODES = {Level.OK: 0, Level.LOOK: 0, Level.WARNING: 2, Level.FAULT: 1}
"""What `check` returns to the shell, by the gravest level."""
