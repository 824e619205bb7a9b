"""Outcomes of deciding on a request."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.domain.people import Actor
from bot.domain.requests.machine import Event, Request
from bot.domain.requests.votes import IneligibleReason


@dataclass(frozen=True)
class Voted:
    """The asker's vote was counted."""

    kind: ClassVar[str] = "voted"
    request: Request
    event: Event


@dataclass(frozen=True)
class TooLate:
    """The request is in another state; nothing was changed."""

    kind: ClassVar[str] = "too_late"
    request: Request


@dataclass(frozen=True)
class MayNotDecide:
    """The asker's vote does not count on this request; it stays as it was."""

    kind: ClassVar[str] = "may_not_decide"
    request: Request
    reason: IneligibleReason


@dataclass(frozen=True)
class MoreNeeded:
    """Approving this takes more than a press: the name typed, or a comment."""

    kind: ClassVar[str] = "more_needed"
    request: Request
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Voided:
    """The policy, the people or the target changed after the request was opened."""

    kind: ClassVar[str] = "voided"
    request: Request


@dataclass(frozen=True)
class QuestionSent:
    """A question was handed to the thread."""

    kind: ClassVar[str] = "question_sent"
    request: Request


@dataclass(frozen=True)
class Delegated:
    """A colleague decides in the asker's place; None when the delegation ended."""

    kind: ClassVar[str] = "delegated"
    to: Actor | None
    until: datetime | None


DecisionOutcome = Voted | TooLate | MayNotDecide | MoreNeeded | Voided | QuestionSent | Delegated
