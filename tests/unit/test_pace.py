"""A token bucket: a burst at once, then one at an interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commands.grammar import read
from bot.domain.lanes import Lane, lane_of
from bot.domain.pace import BURST, INTERVAL_MS, take

NOW = 1_700_000_000_000


@given(st.lists(st.integers(0, 10 * INTERVAL_MS), max_size=200))
def test_no_span_holds_more_than_a_burst_and_its_intervals(gaps: list[int]) -> None:
    """Whenever they come; and who waits as long as told is served"""
    full_at, now, taken = 0, NOW, list[int]()
    for gap in gaps:
        now += gap
        full_at, wait = take(full_at, now)
        if wait:
            assert 0 == take(full_at, now + wait)[1]
            assert 0 < take(full_at, now + wait - 1)[1]
        else:
            taken.append(now)
    for place, first in enumerate(taken):
        for number, at in enumerate(taken[place:], 1):
            assert number <= BURST + (at - first) // INTERVAL_MS


def test_a_burst_is_served_at_once() -> None:
    """And the next one waits for one interval"""
    full_at, waits = 0, list[int]()
    for _ in range(BURST + 1):
        full_at, wait = take(full_at, NOW)
        waits.append(wait)
    assert [0] * BURST + [INTERVAL_MS] == waits


@pytest.mark.parametrize(
    ("text", "lane"),
    [
        ("key disable ci --env shop", Lane.RESERVED),
        ("key disable", Lane.RESERVED),
        ("deny c1r --reason no", Lane.RESERVED),
        ("deny", Lane.RESERVED),
        ("cancel c1r", Lane.RESERVED),
        ("withdraw c1r", Lane.RESERVED),
        ("key enable ci --env shop", Lane.NORMAL),
        ("key list", Lane.NORMAL),
        ("approve c1r", Lane.NORMAL),
        ("nonsense", Lane.NORMAL),
    ],
)
def test_what_stops_a_leak_has_its_own_bucket(text: str, lane: Lane) -> None:
    """Also while its form is open"""
    assert lane is lane_of(read(text))
