"""A fake of what examines the bot's own setup."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.checks.findings import Finding


@dataclass
class FakeExaminer:
    """Has the findings that a test gives it, and counts the looks."""

    findings: list[Finding] = field(default_factory=list)
    looks: int = 0

    async def examine(self) -> Sequence[Finding]:
        """Return them."""
        self.looks += 1
        return self.findings
