"""Outcomes of opening requests and of looking at them."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request


@dataclass(frozen=True)
class Requested:
    """Approvers are asked; nothing is done yet."""

    kind: ClassVar[str] = "requested"
    request: Request


@dataclass(frozen=True)
class Renewed:
    """Granted access lasts longer."""

    kind: ClassVar[str] = "renewed"
    request: Request


@dataclass(frozen=True)
class NotAskable:
    """A request that could not be granted is refused at the start."""

    kind: ClassVar[str] = "not_askable"
    reason: NotAskableReason
    approval: Approval
    reachable: int = 0


@dataclass(frozen=True)
class NoSuchRequest:
    """No request has that id."""

    kind: ClassVar[str] = "no_such_request"
    word: str


@dataclass(frozen=True)
class RequestShown:
    """One request, as it is now."""

    kind: ClassVar[str] = "request_shown"
    request: Request


@dataclass(frozen=True)
class RequestsListed:
    """Requests, newest first; `more` says that there are others."""

    kind: ClassVar[str] = "requests_listed"
    which: str
    requests: tuple[Request, ...]
    more: bool


RequestOutcome = Requested | Renewed | NotAskable | NoSuchRequest | RequestShown | RequestsListed
