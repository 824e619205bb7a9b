"""A request that others must agree to: one table of its states, and what moves it.

docs/requests.md holds the picture of the table; a test draws it again and compares.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.approvals import Interest, Vote, distinct, reached
from bot.domain.people import Actor
from bot.domain.policy import Action, Approval


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
    AGREE = "agree"
    OBJECT = "object"
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
    (State.PENDING, Event.AGREE): _to(State.PENDING, Cause.APPROVER),
    (State.PENDING, Event.OBJECT): _to(State.PENDING, Cause.APPROVER),
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
class Terms:
    """What is asked for, frozen: any change of it makes another request.

    `command` is the canonical text of what will be done, `key` the access key that it is done
    to (empty where one is made), `lasts` how long the granted access is to last.
    """

    action: Action
    command: str
    environment_id: str
    environment_name: str
    cloud_name: str
    tier: str
    key: str
    name: str
    requester: Actor
    owner: Actor
    reason: str = ""
    lasts: timedelta | None = None

    @property
    def fingerprint(self) -> str:
        """Eight hex digits of the terms: on the card, in the record, on the reveal page."""
        lasts = self.lasts.total_seconds() if self.lasts else None
        parts = [
            *(self.action, self.command, self.environment_id, self.environment_name),
            *(self.cloud_name, self.tier, self.key, self.name),
            *(str(self.requester), str(self.owner), self.reason, lasts),
        ]
        digest = hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
        return f"{digest[:4]}-{digest[4:8]}"


@dataclass(frozen=True)
class Asker:
    """Who asks, as Slack and Cloudinary knew them then."""

    name: str
    email: str
    role: str
    cloudinary_id: str = ""
    owner_id: str = ""
    """The Cloudinary user of whoever is to have the credentials."""


@dataclass(frozen=True)
class Evidence:
    """What approvers are shown beside the terms, as it was when the request was opened.

    `approvers` are names of those who could agree; `siblings` counts the enabled keys of the
    environment; `before` the requester's requests in the last ninety days, `granted` those of them
    that others agreed to.
    """

    approvers: tuple[str, ...] = ()
    siblings: int = 0
    created_at: datetime | None = None
    enabled: bool | None = None
    last: str = ""
    before: int = 0
    granted: int = 0


class Waiver(StrEnum):
    """Why nobody had to agree before it was done."""

    AT_ONCE = "at_once"
    BUDGET = "budget"
    EMERGENCY = "emergency"


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
    evidence: Evidence = Evidence()
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
    nagged: int = 0
    nagged_at: datetime | None = None
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
    def standing(self) -> tuple[Vote, ...]:
        """The last word of each person on these terms."""
        return distinct(self.votes, self.terms.fingerprint)

    @property
    def agreeing(self) -> tuple[Vote, ...]:
        """Those who agree."""
        return tuple(vote for vote in self.standing if vote.agrees)

    @property
    def objecting(self) -> tuple[Vote, ...]:
        """Those who object."""
        return tuple(vote for vote in self.standing if not vote.agrees)


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


def _become(before: Request, after: Request, event: Event, cause: Cause, now: datetime) -> Verdict:
    """Let something happen that changes more than the state, or leave all as it was."""
    verdict = move(after, event, cause, now)
    return verdict if isinstance(verdict, Moved) else Settled(before)


def submit(request: Request, now: datetime) -> Verdict:
    """Put a request before its approvers."""
    return move(request, Event.SUBMIT, Cause.REQUESTER, now)


def vote(request: Request, new: Vote, now: datetime) -> Verdict:
    """Count one person's word, and settle the request where that is enough.

    A word on other terms than these counts for nothing; a person's later word replaces the former.
    """
    if new.fingerprint != request.terms.fingerprint:
        return Settled(request)
    kept = tuple(each for each in request.votes if not _same(each, new))
    counted = replace(request, votes=(*kept, new))
    event = _event_of(counted, new)
    if event is Event.APPROVE and counted.terms.lasts:
        counted = replace(counted, ends_at=now + counted.terms.lasts)
    return _become(request, counted, event, Cause.APPROVER, now)


def _same(one: Vote, other: Vote) -> bool:
    return (
        one.by == other.by or one.cloudinary_id == other.cloudinary_id or one.voice == other.voice
    )


def _event_of(request: Request, new: Vote) -> Event:
    if new.agrees:
        enough = reached(request.agreeing, request.approval)
        return Event.APPROVE if enough else Event.AGREE
    enough = len(request.objecting) >= request.approval.denials
    return Event.DENY if enough else Event.OBJECT


def withdraw(request: Request, by: Actor, now: datetime) -> Verdict:
    """Take one's word back, as long as nothing was begun."""
    kept = tuple(each for each in request.votes if each.by != by)
    if len(kept) == len(request.votes):
        return Settled(request)
    without = replace(request, votes=kept, ends_at=None)
    return _become(request, without, Event.WITHDRAW, Cause.APPROVER, now)


def waive(request: Request, why: Waiver, now: datetime) -> Verdict:
    """Approve by the rule itself, or because it can't wait; the access clock starts now."""
    lasts = request.terms.lasts
    ends_at = now + lasts if lasts else None
    waived = replace(request, waived=why, ends_at=ends_at)
    return _become(request, waived, Event.APPROVE, Cause.ENGINE, now)


def reviewed(request: Request, word: Vote) -> Verdict:
    """Say afterwards what one thinks of an emergency; once is enough."""
    if not request.unreviewed:
        return Settled(request)
    changed = replace(request, review=word, version=request.version + 1)
    return Moved(changed, Event.REVIEW)


def cancel(request: Request, by: Actor, now: datetime) -> Verdict:
    """Take the request back; only who asked can."""
    if by != request.terms.requester:
        return Settled(request)
    return move(request, Event.CANCEL, Cause.REQUESTER, now)


def expire(request: Request, now: datetime) -> Verdict:
    """End a request that waited for too long."""
    if now < request.expires_at:
        return Settled(request)
    return move(request, Event.EXPIRE, Cause.CLOCK, now)
