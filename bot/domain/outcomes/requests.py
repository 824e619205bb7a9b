"""Outcomes of opening, renewing and listing requests."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.commands.grammar import Incomplete
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request


@dataclass(frozen=True)
class Requested:
    """The request is open: its approvers decide, or it is carried out without them.

    `offers` if it deletes a key that the person may restore.
    """

    kind = "requested"
    request: Request
    offers: bool = False


@dataclass(frozen=True)
class AlreadyRequested:
    """An open request of the same person is for the same thing; `again` is what they typed now."""

    kind = "already_requested"
    request: Request
    again: str


@dataclass(frozen=True)
class Renewed:
    """The granted access lasts longer."""

    kind = "renewed"
    request: Request


@dataclass(frozen=True)
class NotAskable:
    """No request is opened; `reachable` counts the people who could approve it.

    `again_at` is when the same is possible, where that is known; `normal` is the command without
    an emergency, where only that is refused.
    """

    kind = "not_askable"
    reason: NotAskableReason
    approval: Approval
    reachable: int = 0
    again_at: datetime | None = None
    normal: str = ""


@dataclass(frozen=True)
class NoSuchRequest:
    """No request has that id."""

    kind = "no_such_request"
    id: str


@dataclass(frozen=True)
class WhichRequest:
    """Several requests that the person may see have ids that begin like this; nothing was done."""

    kind = "which_request"
    id: str
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class RequestShown:
    """One request, as it is now; `offers` if it deletes a key that the person may restore.

    With `details` it is shown in full.
    """

    kind = "request_shown"
    request: Request
    offers: bool = False
    details: bool = False


@dataclass(frozen=True)
class RequestsListed:
    """Requests, newest first: one page of a list; `more` if others follow.

    `offers` are the ids of deletions that the person may take back.
    """

    kind = "requests_listed"
    which: str
    requests: tuple[Request, ...]
    more: bool
    page: int = 0
    pages: int = 1
    offers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RequestNeeded:
    """A command about a request needs more; `requests` are those that it could be about."""

    kind = "request_needed"
    incomplete: Incomplete
    requests: tuple[Request, ...]


RequestOutcome = Requested | Renewed | NotAskable
SeenOutcome = (
    AlreadyRequested | NoSuchRequest | WhichRequest | RequestShown | RequestsListed | RequestNeeded
)
