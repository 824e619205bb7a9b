from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.brownouts import Brownout
from bot.domain.policy import Escalation
from bot.domain.requests.deadlines import Deadline, due, next_look, noticed, over_since
from bot.domain.requests.machine import OVER, Request, State
from bot.domain.requests.terms import Waiver
from tests.unit.requests_made import AT, PENDING, TTL, in_state, word

CLAIM_TTL: Final = timedelta(hours=8)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
CLAIMED: Final = replace(in_state(State.CLAIMED), ends_at=AT + 7 * DAY)
CLAIMABLE: Final = in_state(State.CLAIMABLE)
QUIET: Final = {State.DRAFT, State.APPROVED, State.EXECUTING, *OVER} - {State.CLAIMED}


def rings(request: Request, until: datetime) -> list[tuple[Deadline, timedelta]]:
    """Every deadline until a time, and how long after opening; each is handled when it is due."""
    heard = []
    while (at := next_look(request, CLAIM_TTL)) is not None and at <= until:
        deadline = due(request, CLAIM_TTL, at)
        assert deadline, "it was woken for nothing"
        heard.append((deadline, at - AT))
        match deadline:
            case Deadline.REMIND | Deadline.WARN:
                request = noticed(request, at)
            case Deadline.ESCALATE:
                request = replace(request, escalated=True)
            case Deadline.REVIEW_REMINDER:
                request = replace(
                    request, review_reminders=request.review_reminders + 1, review_reminded_at=at
                )
            case _:
                return heard
    return heard


def test_reminders_come_at_growing_intervals_until_expiry() -> None:
    """After 15 minutes, then twice as long each time"""
    reminders = [(Deadline.REMIND, minutes * MINUTE) for minutes in (15, 30, 60, 120, 240)]
    assert [*reminders, (Deadline.EXPIRE, TTL)] == rings(PENDING, AT + DAY)


def test_expiry_comes_before_a_reminder() -> None:
    """And nothing is due before its time"""
    assert due(PENDING, CLAIM_TTL, AT + 15 * MINUTE - MINUTE) is None
    assert Deadline.REMIND is due(PENDING, CLAIM_TTL, AT + TTL - MINUTE)
    assert Deadline.EXPIRE is due(PENDING, CLAIM_TTL, AT + TTL)


def test_a_request_escalates_after_its_wait() -> None:
    """They are notified once"""
    wider = replace(PENDING.approval, escalation=Escalation(HOUR, ("admins",)))
    heard = rings(replace(PENDING, approval=wider), AT + DAY)
    assert [(Deadline.ESCALATE, HOUR)] == [each for each in heard if each[0] is Deadline.ESCALATE]


def test_credentials_that_are_not_collected_lapse() -> None:
    """The time counts from when they are ready, not from the request"""
    late = replace(CLAIMABLE, since=AT + DAY)
    assert [(Deadline.LAPSE, DAY + CLAIM_TTL)] == rings(late, AT + 7 * DAY)


def test_credentials_lapse_when_the_access_ends() -> None:
    """Access that ends in an hour can't be collected after two"""
    assert [(Deadline.LAPSE, HOUR)] == rings(replace(CLAIMABLE, ends_at=AT + HOUR), AT + DAY)


def test_an_owner_is_warned_before_access_ends() -> None:
    """A day and an hour before, once each; then it ends"""
    expected = [
        (Deadline.WARN, 6 * DAY),
        (Deadline.WARN, 7 * DAY - HOUR),
        (Deadline.END, 7 * DAY),
    ]
    assert expected == rings(CLAIMED, AT + 30 * DAY)


def test_a_late_warning_is_sent_once() -> None:
    """Of two that are due, one is sent"""
    late = CLAIMED.ends_at - 30 * MINUTE if CLAIMED.ends_at else AT
    assert Deadline.WARN is due(CLAIMED, CLAIM_TTL, late)
    assert due(noticed(CLAIMED, late), CLAIM_TTL, late) is None


@pytest.mark.parametrize(
    ("lasts", "warnings"),
    [
        (30 * MINUTE, []),
        (HOUR, []),
        (2 * HOUR, [HOUR]),
        (DAY, [DAY - HOUR]),
        (DAY + MINUTE, [MINUTE, DAY + MINUTE - HOUR]),
    ],
)
def test_a_short_access_has_the_warnings_that_make_sense(
    lasts: timedelta, warnings: list[timedelta]
) -> None:
    """No warning at the start that it ends within a day"""
    begun = noticed(replace(CLAIMED, ends_at=AT + lasts), AT)
    expected = [*((Deadline.WARN, at) for at in warnings), (Deadline.END, lasts)]
    assert expected == rings(begun, AT + 30 * DAY)


@pytest.mark.parametrize(
    "request_",
    [
        *(in_state(state) for state in sorted(QUIET)),
        replace(CLAIMED, ends_at=None),
        replace(CLAIMED, ended=True),
    ],
    ids=lambda request: request.state,
)
def test_nothing_is_due_in_a_final_state(request_: Request) -> None:
    """Nor for a request in execution, or for access without an end"""
    assert next_look(request_, CLAIM_TTL) is None
    assert due(request_, CLAIM_TTL, AT + 1000 * DAY) is None


def test_an_emergency_reminds_until_its_review() -> None:
    """At growing intervals, at least once a day"""
    emergency = replace(in_state(State.DONE), waived=Waiver.EMERGENCY)
    heard = [
        at
        for deadline, at in rings(emergency, AT + 30 * DAY)
        if deadline is Deadline.REVIEW_REMINDER
    ]
    pauses = [later - earlier for earlier, later in pairwise(heard)]
    assert 15 * MINUTE == heard[0]
    assert sorted(pauses) == pauses
    assert DAY == pauses[-1]
    assert next_look(replace(emergency, review=word("ann")), CLAIM_TTL) is None
    assert next_look(replace(emergency, review_reminders=10_000), CLAIM_TTL) == AT + DAY


def test_a_deleted_key_is_gone_on_its_day() -> None:
    """Not before"""
    soaking = replace(in_state(State.DONE), delete_at=AT + 7 * DAY)
    assert [(Deadline.DELETE, 7 * DAY)] == rings(soaking, AT + 30 * DAY)


def test_a_key_that_was_disabled_for_a_time_is_enabled_then() -> None:
    """Also of a request that failed, and not while the disabling may still come"""
    dark = Brownout(enable_at=AT + DAY)
    for state in (State.DONE, State.FAILED):
        request = replace(in_state(state), brownout=dark)
        assert [(Deadline.ENABLE, DAY)] == rings(request, AT + 30 * DAY)
        assert over_since(request, CLAIM_TTL) is None
    executing = replace(in_state(State.EXECUTING), brownout=dark)
    assert next_look(executing, CLAIM_TTL) is None


requests: Final = st.builds(
    replace,
    st.sampled_from([in_state(state) for state in State]),
    ends_at=st.none() | st.timedeltas(timedelta(), 60 * DAY).map(lambda span: AT + span),
    delete_at=st.none() | st.timedeltas(timedelta(), 60 * DAY).map(lambda span: AT + span),
    waived=st.none() | st.sampled_from(Waiver),
    noticed=st.integers(0, 3),
    review_reminders=st.integers(0, 50),
    ended=st.booleans(),
)


@given(requests, st.timedeltas(timedelta(), 90 * DAY))
def test_something_is_due_at_the_next_look(request_: Request, later: timedelta) -> None:
    """And at no other time"""
    now, look = AT + later, next_look(request_, CLAIM_TTL)
    assert (look is not None and look <= now) is (due(request_, CLAIM_TTL, now) is not None)


@given(requests, st.timedeltas(timedelta(), 90 * DAY))
def test_what_was_noticed_is_not_due_again(request_: Request, later: timedelta) -> None:
    """At the same time"""
    now = AT + later
    after = noticed(request_, now)
    assert due(after, CLAIM_TTL, now) not in {Deadline.REMIND, Deadline.WARN}
