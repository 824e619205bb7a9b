from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Final

import pytest

from bot.domain.requests.changes import cancel, expire, reviewed, submit, vote, waive, withdraw
from bot.domain.requests.machine import (
    OVER,
    TRANSITIONS,
    Cause,
    Event,
    Moved,
    Request,
    State,
    Unchanged,
    Verdict,
    move,
)
from bot.domain.requests.terms import Waiver
from tests.unit.requests_made import AT, DRAFT, PENDING, TERMS, TTL, WEEK, in_state, moved, word

LATER: Final = AT + timedelta(hours=1)
CAUSES: Final[dict[Event, set[Cause]]] = {
    Event.SUBMIT: {Cause.REQUESTER},
    Event.VOTE_FOR: {Cause.APPROVER},
    Event.VOTE_AGAINST: {Cause.APPROVER},
    Event.WITHDRAW: {Cause.APPROVER},
    Event.APPROVE: {Cause.APPROVER, Cause.ENGINE},
    Event.DENY: {Cause.APPROVER},
    Event.CANCEL: {Cause.REQUESTER, Cause.ENGINE},
    Event.EXPIRE: {Cause.CLOCK},
    Event.BEGIN: {Cause.ENGINE},
    Event.FINISH: {Cause.ENGINE},
    Event.HAND_OVER: {Cause.ENGINE},
    Event.FAIL: {Cause.ENGINE},
    Event.CLAIM: {Cause.OWNER},
    Event.LAPSE: {Cause.CLOCK, Cause.ENGINE},
}
ENDS: Final = {"denied", "cancelled", "expired", "done", "failed", "claimed", "lapsed"}


def test_every_state_is_reached_from_the_first() -> None:
    """No state is unreachable"""
    reached = {State.DRAFT}
    for _ in State:
        reached |= {way.to for (state, _), way in TRANSITIONS.items() if state in reached}
    assert set(State) == reached


def test_a_final_state_is_final() -> None:
    """For any event, by any cause"""
    assert ENDS == OVER
    for state, event, cause in product(OVER, Event, Cause):
        over = in_state(state)
        assert Unchanged(over) == move(over, event, cause, AT)


@pytest.mark.parametrize(("state", "event"), TRANSITIONS)
def test_an_event_has_its_cause(state: State, event: Event) -> None:
    """No other cause has an effect; the event changes state, time and version"""
    before = in_state(state)
    expected = {cause for cause in Cause if isinstance(move(before, event, cause, LATER), Moved)}
    assert expected == CAUSES[event]
    after = moved(move(before, event, min(CAUSES[event]), LATER))
    to = TRANSITIONS[state, event].to
    since = AT if to is state else LATER
    assert replace(before, state=to, since=since, version=before.version + 1) == after


def test_an_event_outside_the_table_changes_nothing() -> None:
    """In any state; nothing changes"""
    for state, event, cause in product(State, Event, Cause):
        if (state, event) not in TRANSITIONS:
            before = in_state(state)
            assert Unchanged(before) == move(before, event, cause, AT)


LATE: Final[dict[str, Callable[[Request], Verdict]]] = {
    "submit": lambda it: submit(it, LATER),
    "agree": lambda it: vote(it, word("ann"), LATER),
    "object": lambda it: vote(it, word("ann", approves=False), LATER),
    "cancel": lambda it: cancel(it, TERMS.requester, LATER),
    "withdraw": lambda it: withdraw(it, word("bob").by, LATER),
    "waive": lambda it: waive(it, Waiver.AT_ONCE, LATER),
    "expire": lambda it: expire(it, AT + TTL),
}


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("state", sorted(OVER | {State.EXECUTING, State.CLAIMABLE}))
def test_a_late_press_learns_the_state(late: str, state: State) -> None:
    """And nothing changes"""
    before = replace(in_state(state), votes=(word("bob"),))
    assert Unchanged(before) == LATE[late](before)


@pytest.mark.parametrize("late", [late for late in LATE if late not in {"submit", "expire"}])
def test_only_expiry_settles_an_overdue_request(late: str) -> None:
    """Even if the deadline was not checked since"""
    gone = replace(PENDING, expires_at=LATER, votes=(word("bob"),))
    assert Unchanged(gone) == LATE[late](gone)
    assert State.EXPIRED is moved(expire(gone, LATER)).state


def test_nothing_expires_early() -> None:
    """The last instant still counts"""
    last = PENDING.expires_at - timedelta(microseconds=1)
    assert Unchanged(PENDING) == expire(PENDING, last)
    assert isinstance(vote(PENDING, word("ann"), last), Moved)


def test_only_the_requester_cancels() -> None:
    """Not even the owner of the credentials"""
    assert Unchanged(PENDING) == cancel(PENDING, TERMS.owner, AT)
    assert State.CANCELLED is moved(cancel(PENDING, TERMS.requester, AT)).state


@pytest.mark.parametrize("reason", Waiver)
def test_a_rule_may_waive_the_approval(reason: Waiver) -> None:
    """The request has the reason, and no vote"""
    waived = moved(waive(PENDING, reason, LATER))
    expected = (State.APPROVED, reason, LATER + WEEK, ())
    assert expected == (waived.state, waived.waived, waived.ends_at, waived.approving)


@pytest.mark.parametrize("state", State)
def test_an_emergency_is_reviewed_once_it_happened(state: State) -> None:
    """Once; any other request needs no review"""
    emergency = replace(in_state(state), waived=Waiver.EMERGENCY)
    begun = state not in {State.DRAFT, State.PENDING, State.APPROVED, State.EXECUTING}
    assert begun is emergency.unreviewed
    verdict = reviewed(emergency, word("ann"))
    assert begun is isinstance(verdict, Moved)
    assert Unchanged(verdict.request) == (reviewed(verdict.request, word("bob")))
    for usual in (None, Waiver.AT_ONCE, Waiver.BUDGET):
        other = replace(emergency, waived=usual)
        assert Unchanged(other) == reviewed(other, word("ann"))


def test_a_draft_has_no_approvers() -> None:
    """It takes no votes, and does not expire"""
    assert Unchanged(DRAFT) == vote(DRAFT, word("ann"), AT)
    assert Unchanged(DRAFT) == expire(DRAFT, AT + TTL)
