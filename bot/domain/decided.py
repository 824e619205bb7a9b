"""What came of asking others, and of deciding: the part of the outcomes that is about requests."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.approvals import Unfit
from bot.domain.claims import Claim
from bot.domain.people import Actor, Person
from bot.domain.policy import Approval
from bot.domain.requests import Event, Request


class Unaskable(StrEnum):
    """Why nobody is asked."""

    NOBODY = "nobody"
    TOO_FEW = "too_few"
    REASON = "reason"
    TOO_LONG = "too_long"
    TEAMMATE = "teammate"
    EMERGENCY = "emergency"
    NOT_RENEWABLE = "not_renewable"


@dataclass(frozen=True)
class Requested:
    """Others are asked; nothing was done so far."""

    request: Request


@dataclass(frozen=True)
class Renewed:
    """Granted access lasts longer."""

    request: Request


@dataclass(frozen=True)
class NotAskable:
    """A request that could not be granted is refused at the start."""

    why: Unaskable
    approval: Approval
    reachable: int = 0


@dataclass(frozen=True)
class Voted:
    """The asker's word was counted."""

    request: Request
    event: Event


@dataclass(frozen=True)
class TooLate:
    """The request is in another state; nothing was changed."""

    request: Request


@dataclass(frozen=True)
class MayNotDecide:
    """The asker's word does not count on this request; it stays as it was."""

    request: Request
    why: Unfit


@dataclass(frozen=True)
class WordWanted:
    """Approving this wants more than a press: the name typed, or a comment."""

    request: Request
    wanted: tuple[str, ...]


@dataclass(frozen=True)
class Voided:
    """The rules or the people changed since it was asked, so the request is void."""

    request: Request


@dataclass(frozen=True)
class Passed:
    """A question was handed to the thread."""

    request: Request


@dataclass(frozen=True)
class NoSuchRequest:
    """Nothing goes by that id."""

    word: str


@dataclass(frozen=True)
class Delegated:
    """A colleague decides in the asker's place; to nobody, it ended."""

    to: Actor | None
    until: datetime | None


@dataclass(frozen=True)
class Home:
    """What concerns one person now: what waits for them, what they asked for, what they hold."""

    person: Person
    waiting: tuple[Request, ...]
    own: tuple[Request, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class RequestShown:
    """One request, as it is now."""

    request: Request


@dataclass(frozen=True)
class RequestsListed:
    """Requests, newest first; `more` says that there are others."""

    which: str
    requests: tuple[Request, ...]
    more: bool
