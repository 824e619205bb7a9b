"""A request against a small model: people, presses, time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.domain.people import Person, Role
from bot.domain.policy import Approval
from bot.domain.requests.changes import cancel, expire, submit, vote, withdraw
from bot.domain.requests.machine import Cause, Event, Moved, Request, State, Verdict, move
from bot.domain.requests.votes import holds, ineligible
from tests.unit.requests_made import AT, DRAFT, PLACE, TERMS, TTL, WEEK, someone, word

ASKER: Final = someone("asker", Role.ADMIN)
OWNER: Final = someone("owner", Role.ADMIN)
ANN: Final = someone("ann")
BOSS: Final = someone("boss", Role.ADMIN)
CHIEF: Final = someone("chief", Role.MASTER_ADMIN)
ELIGIBLE: Final = (ANN, someone("ann2", at_cloudinary="c-ann"), BOSS, CHIEF)
"""Ann has two accounts at Slack."""
INELIGIBLE: Final = (
    ASKER,
    someone("asker2", Role.ADMIN, at_cloudinary="c-asker"),
    OWNER,
    someone("owner2", Role.MASTER_ADMIN, at_cloudinary="c-owner"),
    someone("eve", Role.BILLING),
    someone("far", Role.ADMIN, environments=frozenset()),
    someone("new", None, at_cloudinary=None),
)
EVERYBODY: Final = (*ELIGIBLE, *INELIGIBLE)
DORA: Final = someone("dora", Role.BILLING)
"""She may vote for others."""
LEADERS: Final = {"c-boss", "c-chief"}
"""One of them must approve, if the rule requires it."""
RULES: Final = st.builds(
    Approval,
    quorum=st.integers(1, 3),
    approvers=st.just(("key_roles",)),
    of_which=st.sampled_from([(), ("admins",)]),
    denials=st.integers(1, 2),
)
ENGINE: Final = {
    Event.BEGIN: (State.APPROVED, State.EXECUTING, Cause.ENGINE),
    Event.FINISH: (State.EXECUTING, State.DONE, Cause.ENGINE),
    Event.HAND_OVER: (State.EXECUTING, State.CLAIMABLE, Cause.ENGINE),
    Event.FAIL: (State.EXECUTING, State.FAILED, Cause.ENGINE),
    Event.CLAIM: (State.CLAIMABLE, State.CLAIMED, Cause.OWNER),
    Event.LAPSE: (State.CLAIMABLE, State.LAPSED, Cause.CLOCK),
}
UNDECIDED: Final = {"draft", "pending", "denied", "cancelled", "expired"}
OTHERS: Final = "dead-beef"


@dataclass
class Said:
    """One vote, as the model remembers it."""

    by: Person
    counts_as: str
    approves: bool


class Model(RuleBasedStateMachine):
    """What an approval means, without the code under test."""

    def __init__(self) -> None:
        super().__init__()
        self.request: Request = DRAFT
        self.now: datetime = AT
        self.state = State.DRAFT
        self.changes = 0
        self.said: list[Said] = []
        self.ends_at: datetime | None = None

    @initialize(rule_=RULES, asked=st.booleans())
    def open(self, rule_: Approval, asked: bool) -> None:  # noqa: FBT001  # drawn
        """Open a request, most of the time."""
        self.request = replace(self.request, approval=rule_)
        if asked:
            self.submit()

    @rule()
    def submit(self) -> None:
        """Submit it once."""
        self._expect(submit(self.request, self.now), self.state is State.DRAFT, State.PENDING)

    @rule(minutes=st.integers(1, 200))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    @rule(person=st.sampled_from(EVERYBODY), approves=st.booleans(), mark=st.integers(0, 9))
    def press(self, person: Person, approves: bool, mark: int) -> None:  # noqa: FBT001  # drawn
        """Let any person press; one press in ten is on other terms."""
        self._press(person, person, OTHERS if mark == 0 else TERMS.fingerprint, approves=approves)

    @rule(principal=st.sampled_from(ELIGIBLE[1:]), approves=st.booleans())
    def stand_in(self, principal: Person, approves: bool) -> None:  # noqa: FBT001  # drawn
        """Let a delegate press."""
        self._press(DORA, principal, TERMS.fingerprint, approves=approves)

    def _press(self, presser: Person, principal: Person, mark: str, *, approves: bool) -> None:
        held, required = holds(principal, PLACE), self.request.approval.open_to(timedelta())
        terms, asker = self.request.terms, self.request.asker
        reason = ineligible(principal, held, required, terms, asker)
        assert (reason is None) is (principal in ELIGIBLE)
        if reason:
            return
        new = replace(
            word(
                presser.name.lower(), approves=approves, at=self.now, holds=held, fingerprint=mark
            ),
            cloudinary_id=presser.cloudinary_id or "",
            on_behalf_of="" if presser is principal else principal.cloudinary_id or "",
        )
        principal_id = principal.cloudinary_id
        taken = presser is not principal and any(
            each.by.cloudinary_id == principal_id for each in self.said
        )
        counts = self._waiting and mark == TERMS.fingerprint and not taken
        if counts:
            self._count(presser, principal.cloudinary_id or "", approves=approves)
        self._expect(vote(self.request, new, self.now), counts, self._settled(approves=approves))
        if counts and self.state is State.APPROVED:
            self.ends_at = self.now + WEEK

    def _count(self, presser: Person, counts_as: str, *, approves: bool) -> None:
        self.said = [
            each
            for each in self.said
            if each.counts_as != counts_as and each.by.cloudinary_id != presser.cloudinary_id
        ]
        self.said.append(Said(presser, counts_as, approves))

    def _settled(self, *, approves: bool) -> State:
        rule_ = self.request.approval
        counted = {each.counts_as for each in self.said if each.approves is approves}
        if not approves:
            return State.DENIED if len(counted) >= rule_.denials else State.PENDING
        led = not rule_.of_which or bool(counted & LEADERS)
        return State.APPROVED if led and len(counted) >= rule_.quorum else State.PENDING

    @rule(person=st.sampled_from((*EVERYBODY, DORA)))
    def withdraw(self, person: Person) -> None:
        """Withdraw a vote, from the account that it came from."""
        kept = [each for each in self.said if each.by.actor != person.actor]
        open_ = self._waiting or self.state is State.APPROVED
        fine = open_ and len(kept) < len(self.said)
        self._expect(withdraw(self.request, person.actor, self.now), fine, State.PENDING)
        if fine:
            self.said, self.ends_at = kept, None

    @rule(person=st.sampled_from(EVERYBODY))
    def cancel(self, person: Person) -> None:
        """Let the requester cancel, from the account that they used."""
        open_ = self._waiting or self.state is State.APPROVED
        fine = open_ and person is ASKER
        self._expect(cancel(self.request, person.actor, self.now), fine, State.CANCELLED)

    @rule()
    def expire(self) -> None:
        """Check the deadline."""
        fine = self.state is State.PENDING and self._late
        self._expect(expire(self.request, self.now), fine, State.EXPIRED)

    @rule(event=st.sampled_from(sorted(ENGINE)))
    def proceed(self, event: Event) -> None:
        """Execute an approved request; collect its credentials or not."""
        before, after, cause = ENGINE[event]
        self._expect(move(self.request, event, cause, self.now), self.state is before, after)

    @rule(event=st.sampled_from(Event))
    def meddle(self, event: Event) -> None:
        """Let requester and owner cause every event; only their own have an effect."""
        own = {Event.CANCEL, Event.SUBMIT, Event.CLAIM}
        for cause in (Cause.REQUESTER, Cause.OWNER):
            if event not in own:
                self._expect(move(self.request, event, cause, self.now), False, self.state)  # noqa: FBT003

    @property
    def _late(self) -> bool:
        return self.now >= AT + TTL

    @property
    def _waiting(self) -> bool:
        return self.state is State.PENDING and not self._late

    def _expect(self, verdict: Verdict, moves: bool, to: State) -> None:  # noqa: FBT001
        assert moves is isinstance(verdict, Moved)
        if not moves:
            assert verdict.request == self.request
            return
        self.state, self.changes = to, self.changes + 1
        self.request = verdict.request

    @invariant()
    def it_is_where_the_model_is(self) -> None:
        """And the version counts each change."""
        assert (self.state, self.changes) == (self.request.state, self.request.version)

    @invariant()
    def nothing_was_done_with_too_few_approvals(self) -> None:
        """Distinct eligible people, on these terms; never the requester or the owner."""
        counted = {each.counts_as for each in self.request.approving}
        assert counted <= {who.cloudinary_id for who in ELIGIBLE}
        assert len(counted) == len(self.request.approving)
        assert {TERMS.fingerprint} >= {each.fingerprint for each in self.request.approving}
        if self.state not in UNDECIDED:
            assert len(counted) >= self.request.approval.quorum
            assert not self.request.approval.of_which or counted & LEADERS

    @invariant()
    def access_ends_so_long_after_the_approval(self) -> None:
        """And has no end before the approval."""
        assert self.ends_at == self.request.ends_at

    @invariant()
    def the_terms_never_change(self) -> None:
        """By no event."""
        assert TERMS == self.request.terms


TestRequest: Callable[[], object] = Model.TestCase
Model.TestCase.settings = settings(stateful_step_count=30)
