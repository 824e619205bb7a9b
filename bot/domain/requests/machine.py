"""A request and the table of its states.

docs/requests.md has the picture of the table; a test draws it from the table and compares.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from bot.domain.brownouts import Brownout
from bot.domain.keys import ProtectionReason
from bot.domain.people import Actor
from bot.domain.policy import Approval
from bot.domain.request_ids import SHOWN
from bot.domain.requests.notifications import Hearing
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import Vote, distinct
from bot.domain.rotation import By, Rotation, Step, Trouble, step

RESUMED: Final = "resumed"
"""The outcome of a request whose rest was done after it had failed; a stored word."""


class State(StrEnum):
    """The state of a request."""

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
    """What happens to a request; the values are stored words."""

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


class Transition(NamedTuple):
    """The state after an event, and who may cause the event."""

    to: State
    by: frozenset[Cause]


TRANSITIONS = {
    # 1. A request opens in its requester's name, so that one person answers for it.
    (State.DRAFT, Event.SUBMIT): Transition(State.PENDING, frozenset({Cause.REQUESTER})),
    # 2. A vote that settles nothing keeps the state. Only approvers vote.
    (State.PENDING, Event.VOTE_FOR): Transition(State.PENDING, frozenset({Cause.APPROVER})),
    (State.PENDING, Event.VOTE_AGAINST): Transition(State.PENDING, frozenset({Cause.APPROVER})),
    (State.PENDING, Event.WITHDRAW): Transition(State.PENDING, frozenset({Cause.APPROVER})),
    # 3. The vote that completes the quorum approves; the engine approves for a waiver.
    (State.PENDING, Event.APPROVE): Transition(
        State.APPROVED, frozenset({Cause.APPROVER, Cause.ENGINE})
    ),
    # 4. Only approvers deny: the engine can void a request, but it has no opinion of it.
    (State.PENDING, Event.DENY): Transition(State.DENIED, frozenset({Cause.APPROVER})),
    # 5. The requester cancels; the engine cancels a request whose terms no longer hold.
    (State.PENDING, Event.CANCEL): Transition(
        State.CANCELLED, frozenset({Cause.REQUESTER, Cause.ENGINE})
    ),
    # 6. Only time expires a request, so that no person can shorten another one's.
    (State.PENDING, Event.EXPIRE): Transition(State.EXPIRED, frozenset({Cause.CLOCK})),
    # 7. Between approval and execution a vote can be withdrawn and the request cancelled.
    (State.APPROVED, Event.WITHDRAW): Transition(State.PENDING, frozenset({Cause.APPROVER})),
    (State.APPROVED, Event.CANCEL): Transition(
        State.CANCELLED, frozenset({Cause.REQUESTER, Cause.ENGINE})
    ),
    # 8. BEGIN is the point of no return: the effect may exist, so no person leads out of EXECUTING.
    (State.APPROVED, Event.BEGIN): Transition(State.EXECUTING, frozenset({Cause.ENGINE})),
    (State.EXECUTING, Event.FINISH): Transition(State.DONE, frozenset({Cause.ENGINE})),
    (State.EXECUTING, Event.HAND_OVER): Transition(State.CLAIMABLE, frozenset({Cause.ENGINE})),
    (State.EXECUTING, Event.FAIL): Transition(State.FAILED, frozenset({Cause.ENGINE})),
    # 9. Only the owner collects. The engine lapses credentials whose key was disabled meanwhile.
    (State.CLAIMABLE, Event.CLAIM): Transition(State.CLAIMED, frozenset({Cause.OWNER})),
    (State.CLAIMABLE, Event.LAPSE): Transition(
        State.LAPSED, frozenset({Cause.CLOCK, Cause.ENGINE})
    ),
}

ROTATES: Final = {
    Event.HAND_OVER: (Step.CREATE, By.ENGINE, None),
    Event.CLAIM: (Step.COLLECT, By.OWNER, None),
    Event.LAPSE: (Step.ABORT, By.ENGINE, Trouble.UNCOLLECTED),
    Event.FAIL: (Step.ABORT, By.ENGINE, Trouble.FAILED),
}
"""What an event of a request does to the rotation that is a part of it."""

UNMADE: Final = frozenset({State.DRAFT, State.PENDING, State.APPROVED, State.EXECUTING})
"""States in which the key of a request may not exist yet."""
OVER = frozenset(State) - {state for state, _ in TRANSITIONS}
"""Final states: no event leads out of them."""


@dataclass(frozen=True)
class Request:
    """One request, as it is stored; `version` counts its changes.

    `policy` is the @id of the rule that requires the approval, `policy_version` the version of all
    rules then. `outcome` is the kind of the result of execution, `made` the access key that it
    created. `ends_at` is when granted access ends, `held` is why the key works after that all the
    same, `enabling` is true while a renewal enables it again. `delete_at` is when the disabled key
    is deleted for good. `brownout` is how far a brown-out of the key is, `rotation` where its
    rotation is. `noticed` counts reminders while PENDING, later warnings. `waived` is why no vote
    came first, `review` the vote after an emergency. `heard` is which approvers hear of it. `card`
    is the card's channel and ts.
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
    enabling: bool = False
    held: ProtectionReason | None = None
    waived: Waiver | None = None
    review: Vote | None = None
    second_review: Vote | None = None
    """What a key that leaked needs beside the first one, by another person."""
    review_reminders: int = 0
    review_reminded_at: datetime | None = None
    delete_at: datetime | None = None
    brownout: Brownout | None = None
    rotation: Rotation | None = None
    heard: Hearing = field(default_factory=Hearing)
    card: str = ""
    version: int = 0
    shown: int = SHOWN
    """Characters of its id that told it from the other requests that were open when it opened."""
    passphrase: str = field(default="", repr=False)
    """What the passphrase of its link became, sealed; kept until its key is created."""
    signs_in: bool = False
    """Whether approvers could sign in with Slack in place of typing a name when it opened."""

    @property
    def short_id(self) -> str:
        """The id as people read and type it."""
        return self.id[: self.shown]

    @property
    def enable_at(self) -> datetime | None:
        """When its key is enabled again; None while it is disabled by no brown-out."""
        return self.brownout.enable_at if self.brownout else None

    @property
    def people(self) -> frozenset[Actor]:
        """Whom it concerns: who asked, whose credentials or key it is, who decided."""
        owner = {self.brownout.owner} if self.brownout and self.brownout.owner else set()
        return frozenset({self.terms.requester, self.terms.owner}) | self.decided_by | owner

    @property
    def waits(self) -> bool:
        """Whether it waits for a decision or a review."""
        return self.state is State.PENDING or self.unreviewed

    @property
    def decided_by(self) -> frozenset[Actor]:
        """Who has a vote or a review on it."""
        return frozenset(vote.by for vote in (*self.current_votes, *self.reviews))

    @property
    def reviews(self) -> tuple[Vote, ...]:
        """The reviews of an emergency."""
        return tuple(each for each in (self.review, self.second_review) if each)

    @property
    def rotates(self) -> bool:
        """Whether it rotates a key, or may, and that is not over."""
        unmade = self.state in {State.DENIED, State.CANCELLED, State.EXPIRED}
        return self.rotation is not None and not self.rotation.over and not unmade

    @property
    def owner_id(self) -> str:
        """The Cloudinary user of the owner when the request opened; empty if there was none."""
        own = self.terms.owner == self.terms.requester
        return self.asker.owner_id or (self.asker.cloudinary_id if own else "")

    @property
    def unreviewed(self) -> bool:
        """Whether this is an emergency that ran and still needs a review."""
        begun = self.state not in UNMADE
        needed = 2 if self.rotation and self.rotation.compromised else 1
        return self.waived is Waiver.EMERGENCY and len(self.reviews) < needed and begun

    @property
    def current_votes(self) -> tuple[Vote, ...]:
        """The last vote of each person on these terms."""
        return distinct(self.votes, self.terms.fingerprint)

    @property
    def approving(self) -> tuple[Vote, ...]:
        """Current votes for the request."""
        return tuple(vote for vote in self.current_votes if vote.approves)

    @property
    def denying(self) -> tuple[Vote, ...]:
        """Current votes against it."""
        return tuple(vote for vote in self.current_votes if not vote.approves)


@dataclass(frozen=True)
class Unchanged:
    """The request is in a state that does not allow the event; nothing changed."""

    request: Request


@dataclass(frozen=True)
class Moved:
    """The request after an event."""

    request: Request
    event: Event


Verdict = Moved | Unchanged


def move(
    request: Request, event: Event, cause: Cause, now: datetime, changed: Request | None = None
) -> Verdict:
    """Apply an event if the table allows it; `changed` has what it changes besides the state."""
    transition = TRANSITIONS.get((request.state, event))
    if transition is None or cause not in transition.by:
        return Unchanged(request)
    # Past its time, only expiry settles a request, even if the clock's own event is late.
    if request.state is State.PENDING and event is not Event.EXPIRE and now >= request.expires_at:
        return Unchanged(request)
    since = request.since if transition.to is request.state else now
    after = replace(
        changed or request, state=transition.to, since=since, version=request.version + 1
    )
    if transition.to not in UNMADE:
        after = replace(after, passphrase="")
    if after.rotation and event in ROTATES:
        taken, by, trouble = ROTATES[event]
        rotation = step(after.rotation, taken, by, now, trouble=trouble)
        after = replace(after, rotation=rotation or after.rotation)
    return Moved(after, event)
