"""Maintenance windows: what can be written, and when one opens."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.windows import DAYS, Window, common_opening, next_opening, read_window

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
WORKING = read_window("Mon-Fri 09:00-17:00 Europe/Berlin")
MINUTE = timedelta(minutes=1)
MOMENTS = st.datetimes(
    *(datetime(year, 1, 1) for year in (2025, 2028)),  # noqa: DTZ001  # Hypothesis adds the zone
    timezones=st.just(UTC),
)
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
WINDOWS = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    CLOCKS,
    CLOCKS,
    st.sampled_from(ZONES),
).filter(lambda it: it.start != it.end)


def at(text: str) -> datetime:
    """Read a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-30T08:00", "2026-11-30T08:00"),  # Monday, 9 in Berlin
        ("2026-11-30T07:59", "2026-11-30T08:00"),
        ("2026-11-30T16:00", "2026-12-01T08:00"),  # 17 is outside already
        ("2026-12-04T16:00", "2026-12-07T08:00"),  # over the weekend
        ("2026-07-06T06:59", "2026-07-06T07:00"),  # in summer 9 comes an hour earlier
        ("2026-03-27T20:00", "2026-03-30T07:00"),  # over the change of the clock
    ],
)
def test_working_hours_open_by_the_clock_of_their_zone(now: str, opens: str) -> None:
    """In summer an hour earlier than in winter"""
    assert next_opening(WORKING, at(now)) == at(opens)


def test_a_window_may_last_over_midnight() -> None:
    """The days are those on which it begins"""
    night = read_window("Sat 22:00-04:00 UTC")
    assert night.holds(at("2026-12-05T23:00"))
    assert night.holds(at("2026-12-06T03:59"))
    assert not night.holds(at("2026-12-06T04:00"))
    assert not night.holds(at("2026-12-05T03:00"))


def test_a_window_in_an_hour_that_is_skipped_opens_a_week_later() -> None:
    """There is no 02:15 on that Sunday"""
    skipped = read_window("Sun 02:15-02:45 Europe/Berlin")
    assert next_opening(skipped, at("2026-03-28T12:00")) == at("2026-04-05T00:15")


def test_a_window_whose_beginning_is_skipped_opens_where_the_hours_go_on() -> None:
    """At 03:00, which follows 01:59"""
    night = read_window("Sun 02:30-05:00 Europe/Berlin")
    assert next_opening(night, at("2026-03-28T12:00")) == at("2026-03-29T01:00")


@given(WINDOWS, MOMENTS)
@example(read_window("Sun 02:15-02:45 Europe/Berlin"), at("2026-10-25T00:50"))
@example(read_window("Sun 01:00-02:30 Europe/Berlin"), at("2026-10-25T00:45"))
def test_it_opens_at_the_first_open_minute_and_not_before(window: Window, now: datetime) -> None:
    """Whatever its hours, its zone and the moment"""
    opens = next_opening(window, now)

    assert window.holds(opens)
    assert now <= opens <= now + timedelta(days=15)
    assert next_opening(window, opens) == opens
    step = max((opens - now) // 40, MINUTE)
    closed = [now + n * step for n in range(40) if now + n * step < opens]
    closed += [opens - MINUTE] if opens - MINUTE > now else []
    assert not any(map(window.holds, closed))


@given(WINDOWS, MOMENTS)
def test_a_week_later_it_is_open_at_the_same_hours(window: Window, now: datetime) -> None:
    """A week is seven days where no clock changes"""
    fixed = Window(window.days, window.start, window.end, "UTC")

    assert next_opening(fixed, now + timedelta(7)) == next_opening(fixed, now) + timedelta(7)


@given(st.lists(WINDOWS, max_size=3), MOMENTS)
def test_several_windows_open_where_all_are_open(windows: list[Window], now: datetime) -> None:
    """All of them hold at once"""
    opens = common_opening(windows, now)

    assert opens is None or (opens >= now and all(each.holds(opens) for each in windows))


def test_windows_that_are_never_open_together_have_no_opening() -> None:
    """The search ends"""
    apart = [read_window("Mon 09:00-10:00 UTC"), read_window("Tue 09:00-10:00 UTC")]
    assert common_opening(apart, at("2026-11-30T08:00")) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mon 09:00-10:00 UTC", "Mon"),
        ("Sat,Sun 09:00-10:00 UTC", "Sat Sun"),
        ("Fri-Mon 00:00-24:00 UTC", "Fri Sat Sun Mon"),
        ("Mon-Wed,Fri 09:00-10:00 Asia/Kolkata", "Mon Tue Wed Fri"),
    ],
)
def test_days_are_single_or_ranges(text: str, days: str) -> None:
    """A range may go over the end of the week"""
    assert {DAYS[each] for each in read_window(text).days} == set(days.split())


def test_whole_days_are_open_at_each_minute() -> None:
    """24:00 is the end of a day"""
    whole = read_window("Sat 00:00-24:00 UTC")
    assert whole.holds(at("2026-12-05T00:00"))
    assert whole.holds(at("2026-12-05T23:59"))
    assert not whole.holds(at("2026-12-06T00:00"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "needs days"),
        ("Mon-Fri 9-17 Europe/Berlin", "needs days"),
        ("Mon-Fri 09:00-17:00", "needs days"),
        ("Mon-Fri 25:00-26:00 UTC", "needs days"),
        ("Mo-Fr 09:00-17:00 UTC", "no day"),
        ("Mon- 09:00-17:00 UTC", "no day"),
        ("Mon-Fri 09:00-09:00 UTC", "same time"),
        ("Mon-Fri 09:00-17:00 Europe/Atlantis", "no time zone"),
        ("Mon-Fri 09:00-17:00 /etc/passwd", "no time zone"),
    ],
)
def test_what_is_no_window_is_refused_with_the_reason(text: str, fault: str) -> None:
    """A zone is no path, either"""
    with pytest.raises(ValueError, match=fault):
        read_window(text)
