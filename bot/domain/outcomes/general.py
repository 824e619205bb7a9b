"""Outcomes that belong to no noun: the menu, help, texts that are no command, failures."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned
from bot.domain.people import Person


@dataclass(frozen=True)
class MenuOffered:
    """A bare `/cld`: what this person may try, as the texts of commands."""

    kind: ClassVar[str] = "menu_offered"
    person: Person
    texts: tuple[str, ...]


@dataclass(frozen=True)
class HelpGiven:
    """How to use Keysmith, or one noun of it."""

    kind: ClassVar[str] = "help_given"
    topic: str | None


@dataclass(frozen=True)
class NotOffered:
    """The button or form is too old, or was made for another person."""

    kind: ClassVar[str] = "not_offered"


class Fault(StrEnum):
    """Which outside thing failed."""

    CLOUDINARY = "cloudinary"
    CLOUDINARY_BUSY = "cloudinary_busy"
    CLOUDINARY_REFUSED = "cloudinary_refused"
    CLOUDINARY_UNCERTAIN = "cloudinary_doubtful"
    SLACK = "slack"
    SLACK_BUSY = "slack_busy"
    STORE = "store"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Failed:
    """It did not work; `error_id` is in the log too. `detail` is Cloudinary's own text."""

    kind: ClassVar[str] = "failed"
    fault: Fault
    error_id: str
    detail: str = ""


GeneralOutcome = (
    MenuOffered | HelpGiven | NotOffered | Incomplete | Misunderstood | Planned | Failed
)
