"""Outcomes of no noun: the menu, help, texts that are no command, failures."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.checks.findings import Finding
from bot.domain.commands.grammar import Incomplete, Misunderstood
from bot.domain.people import Person


@dataclass(frozen=True)
class MenuOffered:
    """The menu: what the person may try, as the texts of commands."""

    kind = "menu_offered"
    person: Person
    texts: tuple[str, ...]


@dataclass(frozen=True)
class HelpGiven:
    """Help on Keysmith, or on one noun."""

    kind = "help_given"
    topic: str | None


@dataclass(frozen=True)
class OfferedPrivately:
    """A command that a person wrote where others read it: it runs by their press alone."""

    kind = "offered_privately"
    text: str


@dataclass(frozen=True)
class NotOffered:
    """The button or modal is too old, or belongs to another person."""

    kind = "not_offered"


@dataclass(frozen=True)
class TooFast:
    """The person gave too many commands; they may try again in `seconds`."""

    kind = "too_fast"
    seconds: int


@dataclass(frozen=True)
class Repeated:
    """The job is finished, and was run again: nothing was done now."""

    kind = "repeated"


@dataclass(frozen=True)
class Examined:
    """What is wrong with Keysmith's own setup, and what is right."""

    kind = "examined"
    findings: tuple[Finding, ...]


class Fault(StrEnum):
    """What failed."""

    CLOUDINARY = "cloudinary"
    CLOUDINARY_BUSY = "cloudinary_busy"
    CLOUDINARY_REFUSED = "cloudinary_refused"
    CLOUDINARY_UNCERTAIN = "cloudinary_doubtful"
    SLACK = "slack"
    SLACK_BUSY = "slack_busy"
    SLACK_TOKEN = "slack_token"  # noqa: S105  # the name of a fault
    STORE = "store"
    HALTED = "halted"
    STORE_UNCERTAIN = "store_uncertain"
    WORKER = "worker"
    NOT_OPENED = "not_opened"
    UNREAD = "unread"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Failed:
    """The command failed; the log has `error_id` too, `detail` is Cloudinary's own text.

    `seconds` is the wait that a busy service asked for, 0 where it named none.
    """

    kind = "failed"
    fault: Fault
    error_id: str
    detail: str = ""
    seconds: int = 0


GeneralOutcome = (
    MenuOffered
    | HelpGiven
    | OfferedPrivately
    | NotOffered
    | TooFast
    | Repeated
    | Examined
    | Incomplete
    | Misunderstood
    | Failed
)
