"""Outcomes of decisions on a request."""

from dataclasses import dataclass

from bot.domain.outcomes.delegations import Delegating
from bot.domain.requests.machine import Event, Request
from bot.domain.requests.votes import IneligibleReason


@dataclass(frozen=True)
class Voted:
    """The vote was counted."""

    kind = "voted"
    request: Request
    event: Event


@dataclass(frozen=True)
class TooLate:
    """The request is in another state; nothing changed."""

    kind = "too_late"
    request: Request


@dataclass(frozen=True)
class MayNotDecide:
    """The person's vote does not count on this request; nothing changed."""

    kind = "may_not_decide"
    request: Request
    reason: IneligibleReason


@dataclass(frozen=True)
class MoreNeeded:
    """The approval needs the target's name or a comment, typed; `missing` names the fields.

    `unsigned` where no name was typed, and no sign-in stands in for it.
    """

    kind = "more_needed"
    request: Request
    missing: tuple[str, ...]
    unsigned: bool = False

    @property
    def mistyped(self) -> bool:
        """Whether a name was typed, and is another one."""
        return "confirm" in self.missing and not self.unsigned


@dataclass(frozen=True)
class Voided:
    """The request's terms no longer hold: the policy, the people or the target changed."""

    kind = "voided"
    request: Request


@dataclass(frozen=True)
class QuestionSent:
    """The question goes to the request's thread."""

    kind = "question_sent"
    request: Request


@dataclass(frozen=True)
class BrownoutEnding:
    """The key is enabled again at the next look, a second from now."""

    kind = "brownout_ending"
    request: Request


@dataclass(frozen=True)
class BrownoutReported:
    """What the person saw is on record: whether something broke."""

    kind = "brownout_reported"
    request: Request
    broke: bool


DecisionOutcome = (
    Voted
    | TooLate
    | MayNotDecide
    | MoreNeeded
    | Voided
    | QuestionSent
    | BrownoutEnding
    | BrownoutReported
    | Delegating
)
