"""Who hears of a request, and when: at most five at a time, and no one at night without need."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.policy import Approval, Reach
from bot.domain.requests.hearing import (
    MOST,
    MOST_IN_HOUR,
    choose,
    is_flood,
    remind,
    tell,
)
from bot.domain.requests.hours import Listener, wakes_at
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Hearing
from bot.domain.requests.terms import Waiver
from tests.unit.requests_made import AT, PENDING, TTL, word

ZONES: Final = (
    *("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"),
    *("America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Tokyo"),
)
zones = st.sampled_from(ZONES)
offsets = st.integers(-12 * 4, 14 * 4).map(lambda quarters: quarters * 900)
times = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001  # the strategy adds the zone
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
names = st.sampled_from([frozenset({"key_roles"}), frozenset({"key_roles", "admins"})])
DAY: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
NIGHT: Final = datetime(2026, 3, 2, 23, tzinfo=UTC)
ONE: Final = replace(PENDING, approval=Approval(1, ("key_roles",)))


def listeners(many: int, zone: str = "UTC", held: str = "key_roles") -> list[Listener]:
    """People who may decide, in one zone."""
    return [Listener(f"U{zone}{each}", frozenset({held}), zone) for each in range(many)]


def at(now: datetime, request: Request = ONE, ttl: timedelta = TTL) -> Request:
    """The request, opened at that time."""
    return replace(request, asked_at=now, expires_at=now + ttl)


def opened(
    request: Request, people: list[Listener], now: datetime
) -> tuple[Hearing, tuple[str, ...]]:
    """Choose who hears of a new request, and tell them."""
    return tell(choose(request, people, now), people, now)


@given(times, zones)
def test_a_person_is_woken_at_eight_and_never_between_ten_and_eight(
    now: datetime, zone: str
) -> None:
    """By the clock on their wall, whatever daylight saving does"""
    there = wakes_at(Listener("U1", zone=zone), now)
    local = there.astimezone(ZoneInfo(zone))
    assert 8 <= local.hour < 22
    if 8 <= now.astimezone(ZoneInfo(zone)).hour < 22:
        assert there == now
    else:
        assert (local.hour, local.minute) == (8, 0)
        assert timedelta() < there - now <= timedelta(hours=11)


@given(times, offsets)
def test_an_unknown_zone_counts_by_its_offset(now: datetime, offset: int) -> None:
    """Slack gives both; the names of zones on a server may be older than Slack's"""
    there = wakes_at(Listener("U1", zone="Mars/Olympus", offset=offset), now)
    assert 8 <= (there + timedelta(seconds=offset)).hour < 22
    assert there - now <= timedelta(hours=10)


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "/etc/passwd", "America", "\0", "x" * 300])
def test_a_person_without_a_zone_has_no_quiet_hours(zone: str) -> None:
    """A request that no approver hears of is worse"""
    assert wakes_at(Listener("U1", zone=zone), NIGHT) == NIGHT


@given(st.lists(st.builds(Listener, st.uuids().map(str), names, zones)), times, st.integers(0, 3))
def test_everyone_chosen_hears_once_by_day_or_before_it_would_be_too_late(
    people: list[Listener], now: datetime, quorum: int
) -> None:
    """Five at most; each of them now, at eight, or not at all where enough others hear in time"""
    request = at(now, replace(ONE, approval=Approval(quorum, ("key_roles",))))
    heard, first = opened(request, people, now)
    assert len(heard.chosen) == min(MOST, len(people))
    told = list(first)
    while heard.next_at:
        assert now < heard.next_at < request.expires_at
        now = heard.next_at
        heard, more = tell(replace(request, heard=heard), people, now)
        assert more
        told += more
    assert len(told) == len(set(told))
    assert set(told) <= set(heard.chosen)
    assert tuple(told) == heard.told
    assert len(told) >= min(quorum, len(heard.chosen))


def test_the_same_five_do_not_hear_of_every_request() -> None:
    """Nor does chance decide: the request's id does"""
    people = listeners(20)
    sets = [opened(replace(at(DAY), id=f"c{each}r"), people, DAY)[1] for each in range(60)]
    assert {each.user_id for each in people} == {user for told in sets for user in told}
    assert sets == [
        opened(replace(at(DAY), id=f"c{each}r"), people[::-1], DAY)[1] for each in range(60)
    ]


def test_those_whom_the_quorum_needs_are_among_the_five() -> None:
    """One of each `of_which`"""
    approval = Approval(2, ("key_roles",), of_which=("admins",))
    people = [*listeners(30), *listeners(1, "Europe/Berlin", "admins")]
    _, told = opened(at(DAY, replace(ONE, approval=approval)), people, DAY)
    assert len(told) == MOST
    assert people[-1].user_id in told


def test_those_who_are_awake_come_first() -> None:
    """Tokyo hears at night in Berlin"""
    asleep, awake = listeners(9, "UTC"), listeners(2, "Asia/Tokyo")
    now = datetime(2026, 3, 3, 1, tzinfo=UTC)  # ten in the morning in Tokyo
    heard, told = opened(at(now), [*asleep, *awake], now)
    assert set(told) == {each.user_id for each in awake}
    assert heard.next_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    _, later = tell(replace(at(now), heard=heard), [*asleep, *awake], heard.next_at)
    assert len(later) == MOST - len(awake)


def test_a_request_that_expires_before_its_approvers_wake_is_told_at_once() -> None:
    """And one that lasts longer at eight"""
    people = listeners(2)
    assert opened(at(NIGHT), people, NIGHT)[1] == tuple(opened(at(NIGHT), people, NIGHT)[0].chosen)
    heard, told = opened(at(NIGHT, ttl=timedelta(hours=10)), people, NIGHT)
    assert told == ()
    assert heard.next_at == NIGHT + timedelta(hours=9)


def test_two_who_are_needed_are_both_told_where_one_would_wake_too_late() -> None:
    """One who is awake can't reach a quorum of two"""
    people = [*listeners(1), *listeners(1, "Asia/Tokyo")]
    now = datetime(2026, 3, 2, 14, tzinfo=UTC)  # eleven in the evening in Tokyo
    two = replace(ONE, approval=Approval(2, ("key_roles",)))
    assert len(opened(at(now, two), people, now)[1]) == 2
    assert len(opened(at(now), people, now)[1]) == 1


def test_a_person_who_has_voted_or_may_decide_no_more_is_not_told() -> None:
    """At eight, the people are read again"""
    night = at(NIGHT, ttl=timedelta(hours=10))
    people = [Listener("U0ANN", zone="UTC"), Listener("U0BOB", zone="UTC"), *listeners(1)]
    heard, _ = opened(night, people, NIGHT)
    voted = replace(night, heard=heard, votes=(word("ann"),))
    assert heard.next_at
    after, told = tell(voted, people[:1] + people[2:], heard.next_at)
    assert told == (people[2].user_id,)
    assert after.next_at is None


def test_a_flood_is_more_than_five_requests_of_one_person_in_an_hour() -> None:
    """What was done at once counts as none"""
    requests = [replace(at(DAY + timedelta(minutes=each)), id=f"c{each}r") for each in range(9)]
    assert [is_flood(each, requests) for each in requests] == [False] * MOST_IN_HOUR + [True] * 4
    later = replace(at(DAY + timedelta(hours=2)), id="c99r")
    assert not is_flood(later, requests)
    waived = [replace(each, waived=Waiver.BUDGET) for each in requests]
    assert not is_flood(requests[-1], waived)


@pytest.mark.parametrize("reach", Reach)
def test_no_one_is_chosen_where_the_rule_wants_the_channel_alone(reach: Reach) -> None:
    """By `@notify("none")`"""
    request = at(DAY, replace(ONE, approval=Approval(1, ("key_roles",), reach=reach)))
    assert bool(opened(request, listeners(3), DAY)[1]) is (reach is not Reach.CHANNEL)


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_wider_group_has_five_of_its_own(first: int, wider: int) -> None:
    """An escalation tells people who have not heard yet"""
    assume(first)
    people = listeners(first)
    heard, told = opened(at(DAY), people, DAY)
    more = [*people, *listeners(wider, "Europe/Berlin")]
    after, later = opened(replace(at(DAY), heard=heard), more, AT + timedelta(hours=1))
    assert not set(told) & set(later)
    assert len(later) == min(MOST, len(more) - len(told))
    assert after.told == told + later


def test_a_delegate_hears_beside_the_person_they_decide_for() -> None:
    """And takes one of the five places"""
    people = [replace(each, delegate=f"D{each.user_id}") for each in listeners(9)]
    chosen = choose(at(DAY), people, DAY).heard.chosen
    assert len(chosen) == MOST
    assert [chosen[1], chosen[3]] == [f"D{chosen[0]}", f"D{chosen[2]}"]


def test_reminders_reach_those_who_heard_are_awake_and_have_not_voted() -> None:
    """Each other one has heard nothing, decided already, or sleeps"""
    people = [Listener("U0ANN", zone="UTC"), *listeners(2), *listeners(1, "Asia/Tokyo")]
    told = tuple(each.user_id for each in people if each.user_id != "UUTC1")
    request = replace(at(DAY), heard=Hearing(told, told), votes=(word("ann"),))
    evening = datetime(2026, 3, 2, 15, tzinfo=UTC)  # midnight in Tokyo
    assert remind(request, people, evening) == ("UUTC0",)
