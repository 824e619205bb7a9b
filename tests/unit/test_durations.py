from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import MAX_DAYS, read, write

WRITTEN = {
    "1m": timedelta(minutes=1),
    "90m": timedelta(minutes=90),
    "12h": timedelta(hours=12),
    "7d": timedelta(days=7),
    " 7d ": timedelta(days=7),
    "007d": timedelta(days=7),
    f"{MAX_DAYS}d": timedelta(days=MAX_DAYS),
}
NONE = ["", "d", "7", "0d", "-1d", "+1d", "1.5h", "1w", "1 d", "7D", "1h30m", "36501d", "9999999m"]


@pytest.mark.parametrize(("text", "span"), WRITTEN.items())
def test_a_time_is_read_as_people_write_it(text: str, span: timedelta) -> None:
    """Minutes, hours, days"""
    assert span == read(text)


@pytest.mark.parametrize("text", [*NONE, "\u0667d", "1d\n1d", "1d;", "seven days"])
def test_a_text_that_is_no_duration_is_refused(text: str) -> None:
    """Empty, zero, too long, other digits, words"""
    assert read(text) is None


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=60), "1h"),
        (timedelta(hours=24), "1d"),
        (timedelta(hours=25), "25h"),
        (timedelta(days=1, minutes=1), "1441m"),
    ],
)
def test_a_time_is_written_in_the_largest_unit_that_fits(span: timedelta, text: str) -> None:
    """So that cards are short"""
    assert text == write(span)


@given(st.integers(1, 999_999).map(lambda count: timedelta(minutes=count)))
def test_what_is_written_is_read_as_the_same(span: timedelta) -> None:
    """A stored command has its duration in its text"""
    assert span == read(write(span))


@given(st.text())
def test_any_text_is_a_duration_or_none(text: str) -> None:
    """Nothing raises; a duration is between a minute and a hundred years"""
    span = read(text)
    assert span is None or timedelta(minutes=1) <= span <= timedelta(days=MAX_DAYS)


@pytest.mark.parametrize("span", [timedelta(seconds=1), timedelta(minutes=1, microseconds=1)])
def test_a_part_of_a_minute_is_not_written(span: timedelta) -> None:
    """It could not be parsed again"""
    with pytest.raises(ValueError, match="whole minutes"):
        write(span)
