"""A request that others must agree to: one table of its states, and what moves it.

docs/requests.md holds the picture of the table; a test draws it again and compares.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.policy import Approval
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import Interest, Vote, distinct


class State(StrEnum):
    """How far a request is."""

    DRAFT = "draft"
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    EXECUTING = "executing"
    DONE = "done"
    FAILED = "failed"
    CLAIMABLE = "claimable"
    CLAIMED = "claimed"
    LAPSED = "lapsed"


class Event(StrEnum):
    """What happens to a request."""

    SUBMIT = "submit"
    VOTE_FOR = "agree"
    VOTE_AGAINST = "object"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"
    EXPIRE = "expire"
    BEGIN = "begin"
    FINISH = "finish"
    HAND_OVER = "hand over"
    FAIL = "fail"
    CLAIM = "claim"
    LAPSE = "lapse"
    REVIEW = "review"


class Cause(StrEnum):
    """Who may cause an event."""

    REQUESTER = "requester"
    APPROVER = "approver"
    OWNER = "owner"
    CLOCK = "clock"
    ENGINE = "engine"


@dataclass(frozen=True)
class Transition:
    """Where an event leads, and who may cause it."""

    to: State
    by: frozenset[Cause]


def _to(state: State, *by: Cause) -> Transition:
    return Transition(state, frozenset(by))


TRANSITIONS = {
    (State.DRAFT, Event.SUBMIT): _to(State.PENDING, Cause.REQUESTER),
    (State.PENDING, Event.VOTE_FOR): _to(State.PENDING, Cause.APPROVER),
    (State.PENDING, Event.VOTE_AGAINST): _to(State.PENDING, Cause.APPROVER),
    (State.PENDING, Event.WITHDRAW): _to(State.PENDING, Cause.APPROVER),
    (State.PENDING, Event.APPROVE): _to(State.APPROVED, Cause.APPROVER, Cause.ENGINE),
    (State.PENDING, Event.DENY): _to(State.DENIED, Cause.APPROVER),
    (State.PENDING, Event.CANCEL): _to(State.CANCELLED, Cause.REQUESTER, Cause.ENGINE),
    (State.PENDING, Event.EXPIRE): _to(State.EXPIRED, Cause.CLOCK),
    (State.APPROVED, Event.WITHDRAW): _to(State.PENDING, Cause.APPROVER),
    (State.APPROVED, Event.CANCEL): _to(State.CANCELLED, Cause.REQUESTER, Cause.ENGINE),
    (State.APPROVED, Event.BEGIN): _to(State.EXECUTING, Cause.ENGINE),
    (State.EXECUTING, Event.FINISH): _to(State.DONE, Cause.ENGINE),
    (State.EXECUTING, Event.HAND_OVER): _to(State.CLAIMABLE, Cause.ENGINE),
    (State.EXECUTING, Event.FAIL): _to(State.FAILED, Cause.ENGINE),
    (State.CLAIMABLE, Event.CLAIM): _to(State.CLAIMED, Cause.OWNER),
    (State.CLAIMABLE, Event.LAPSE): _to(State.LAPSED, Cause.CLOCK, Cause.ENGINE),
}

OVER = frozenset(State) - {state for state, _ in TRANSITIONS}
"""States that nothing leads out of."""


@dataclass(frozen=True)
class Request:
    """One request, as it is kept; `version` counts its changes.

    `policy` names the rule that wants the approval, `policy_version` the rules as they stood.
    `outcome` says in a word what execution came to, `ends_at` when granted access ends: its
    clock starts at the approval. `made` is the access key that was made for it, `noticed` counts
    reminders, then warnings; `card` is where the card stands, as channel and ts. `waived` says why
    nobody had to agree first, `review` what somebody said of it afterwards. `delete_at` is when a
    key that was disabled for it is deleted for good.
    """

    id: str
    terms: Terms
    asker: Asker
    approval: Approval
    policy: str
    policy_version: str
    asked_at: datetime
    expires_at: datetime
    since: datetime
    evidence: Evidence = field(default_factory=Evidence)
    state: State = State.DRAFT
    votes: tuple[Vote, ...] = ()
    outcome: str = ""
    ends_at: datetime | None = None
    made: str = ""
    noticed: int = 0
    escalated: bool = False
    ended: bool = False
    waived: Waiver | None = None
    review: Vote | None = None
    review_reminders: int = 0
    review_reminded_at: datetime | None = None
    delete_at: datetime | None = None
    card: str = ""
    version: int = 0

    @property
    def interest(self) -> Interest:
        """Whose request it is."""
        ids = frozenset(filter(None, [self.asker.cloudinary_id, self.asker.owner_id]))
        return Interest(self.terms.requester, self.terms.owner, ids)

    @property
    def unreviewed(self) -> bool:
        """Whether an emergency is over that nobody has looked at since."""
        begun = self.state not in {State.DRAFT, State.PENDING, State.APPROVED, State.EXECUTING}
        return self.waived is Waiver.EMERGENCY and self.review is None and begun

    @property
    def current_votes(self) -> tuple[Vote, ...]:
        """The last word of each person on these terms."""
        return distinct(self.votes, self.terms.fingerprint)

    @property
    def approving(self) -> tuple[Vote, ...]:
        """Those who agree."""
        return tuple(vote for vote in self.current_votes if vote.approves)

    @property
    def denying(self) -> tuple[Vote, ...]:
        """Those who object."""
        return tuple(vote for vote in self.current_votes if not vote.approves)


@dataclass(frozen=True)
class Settled:
    """Too late, or too early: the request is in another state, and nothing was changed."""

    request: Request


@dataclass(frozen=True)
class Moved:
    """The request as it is now, and the event that made it so."""

    request: Request
    event: Event


Verdict = Moved | Settled


def move(request: Request, event: Event, cause: Cause, now: datetime) -> Verdict:
    """Let one thing happen, where the table has it."""
    transition = TRANSITIONS.get((request.state, event))
    if transition is None or cause not in transition.by:
        return Settled(request)
    if request.state is State.PENDING and event is not Event.EXPIRE and now >= request.expires_at:
        return Settled(request)
    since = request.since if transition.to is request.state else now
    moved = replace(request, state=transition.to, since=since, version=request.version + 1)
    return Moved(moved, event)
