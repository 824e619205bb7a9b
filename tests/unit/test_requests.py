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
    Settled,
    State,
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
    """No state stands for nothing"""
    reached = {State.DRAFT}
    for _ in State:
        reached |= {way.to for (state, _), way in TRANSITIONS.items() if state in reached}
    assert set(State) == reached


def test_what_is_over_is_over() -> None:
    """Whatever happens then, by whoever"""
    assert ENDS == OVER
    for state, event, cause in product(OVER, Event, Cause):
        over = in_state(state)
        assert Settled(over) == move(over, event, cause, AT)


@pytest.mark.parametrize(("state", "event"), TRANSITIONS)
def test_an_event_has_its_cause(state: State, event: Event) -> None:
    """Nobody else brings it about, and it shows in state, time and version"""
    before = in_state(state)
    expected = {cause for cause in Cause if isinstance(move(before, event, cause, LATER), Moved)}
    assert expected == CAUSES[event]
    after = moved(move(before, event, min(CAUSES[event]), LATER))
    to = TRANSITIONS[state, event].to
    since = AT if to is state else LATER
    assert replace(before, state=to, since=since, version=before.version + 1) == after


def test_what_the_table_lacks_does_not_happen() -> None:
    """In no state, and nothing is changed by it"""
    for state, event, cause in product(State, Event, Cause):
        if (state, event) not in TRANSITIONS:
            before = in_state(state)
            assert Settled(before) == move(before, event, cause, AT)


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
def test_who_comes_too_late_is_told_how_it_stands(late: str, state: State) -> None:
    """And changes nothing"""
    before = replace(in_state(state), votes=(word("bob"),))
    assert Settled(before) == LATE[late](before)


@pytest.mark.parametrize("late", [late for late in LATE if late not in {"submit", "expire"}])
def test_what_waited_too_long_is_settled_by_expiry_alone(late: str) -> None:
    """Also where the clock has not been looked at since"""
    gone = replace(PENDING, expires_at=LATER, votes=(word("bob"),))
    assert Settled(gone) == LATE[late](gone)
    assert State.EXPIRED is moved(expire(gone, LATER)).state


def test_nothing_expires_early() -> None:
    """The last moment still counts"""
    last = PENDING.expires_at - timedelta(microseconds=1)
    assert Settled(PENDING) == expire(PENDING, last)
    assert isinstance(vote(PENDING, word("ann"), last), Moved)


def test_only_who_asked_can_take_the_request_back() -> None:
    """Not even whoever gets the credentials"""
    assert Settled(PENDING) == cancel(PENDING, TERMS.owner, AT)
    assert State.CANCELLED is moved(cancel(PENDING, TERMS.requester, AT)).state


@pytest.mark.parametrize("reason", Waiver)
def test_a_rule_may_waive_the_approval(reason: Waiver) -> None:
    """It says why, and nobody is said to have agreed"""
    waived = moved(waive(PENDING, reason, LATER))
    expected = (State.APPROVED, reason, LATER + WEEK, ())
    assert expected == (waived.state, waived.waived, waived.ends_at, waived.approving)


@pytest.mark.parametrize("state", State)
def test_an_emergency_is_reviewed_once_it_happened(state: State) -> None:
    """Once; what was no emergency wants none"""
    emergency = replace(in_state(state), waived=Waiver.EMERGENCY)
    begun = state not in {State.DRAFT, State.PENDING, State.APPROVED, State.EXECUTING}
    assert begun is emergency.unreviewed
    verdict = reviewed(emergency, word("ann"))
    assert begun is isinstance(verdict, Moved)
    assert Settled(verdict.request) == (reviewed(verdict.request, word("bob")))
    for usual in (None, Waiver.AT_ONCE, Waiver.BUDGET):
        other = replace(emergency, waived=usual)
        assert Settled(other) == reviewed(other, word("ann"))


def test_a_draft_is_before_nobody() -> None:
    """It takes no words, and does not expire"""
    assert Settled(DRAFT) == vote(DRAFT, word("ann"), AT)
    assert Settled(DRAFT) == expire(DRAFT, AT + TTL)
