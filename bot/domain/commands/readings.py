"""What a text is read as, and how it is written again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.commands.registry import BY_CLASS, Command, Explain, Spec
from bot.domain.commands.text import escape, quote
from bot.domain.phrases import Phrase

TYPED = "/cld "
FORM = "form"
"""The word before a command with all that it requires that a person has to look at first."""


@dataclass(frozen=True)
class Misunderstood:
    """The text is no command.

    `hint` is what it may have meant, as people type it: a whole command, which a button runs.
    `usage` is the form of the command. `suspect` is the command in a text that looks like a secret:
    it is never logged, and stored sealed only.
    """

    kind = "misunderstood"
    problem: Phrase
    hint: str | None = None
    usage: str | None = None
    suspect: str = field(default="", repr=False)


@dataclass(frozen=True)
class Incomplete:
    """A command to complete or to check in a modal before it runs."""

    kind = "incomplete"
    spec: Spec
    given: tuple[tuple[str, str], ...]

    @property
    def unclear(self) -> bool:
        """Whether nothing is missing: it is not clear that what was typed is meant so."""
        return self.spec.required <= dict(self.given).keys()

    @property
    def protects(self) -> bool:
        """Whether its link is to have a passphrase, which only a form asks for."""
        return "passphrase" in dict(self.given)


Reading = Command | Incomplete | Misunderstood


def render(command: Command) -> str:
    """Write the canonical text as cards show it: without `/cld`, not escaped for Slack."""
    if isinstance(command, Explain):
        return f"explain {render(command.command)}".rstrip()
    spec = BY_CLASS.get(type(command))
    return line_of(spec, spec.texts(command)) if spec else ""


def write(reading: Reading) -> str:
    """Write the text that `read` parses to the same reading; empty for one that has none."""
    match reading:
        case Misunderstood():
            return ""
        case Incomplete(spec, given):
            line = line_of(spec, dict(given))
            return escape(f"{FORM} {line}" if reading.unclear else line)
        case _:
            return escape(render(reading))


def line_of(spec: Spec, texts: Mapping[str, str]) -> str:
    """Write a command from the texts of its fields."""
    arguments = [quote(texts[a.name]) for a in spec.arguments if a.name in texts]
    options = [
        f"--{o.name}" if o.kind.flag else f"--{o.name} {quote(texts[o.name])}"
        for o in spec.options
        if o.name in texts
    ]
    return " ".join([spec.name, *arguments, *options])
