import logging
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.logs import RARELY, STRANGERS, Rarely


def record(name: str, line: int = 1) -> logging.LogRecord:
    """A record of a logger, from a line of code."""
    return logging.LogRecord(name, logging.ERROR, "x.py", line, "any", (), None)


@given(st.lists(st.floats(0, RARELY * 5), min_size=1).map(sorted), st.sampled_from(STRANGERS))
def test_lines_that_strangers_cause_are_rare(times: list[float], name: str) -> None:
    """One in each while, however many there are; the first one is always logged"""
    clock = iter(times)
    rarely = Rarely(lambda: next(clock))
    logged = [at for at in times if rarely.filter(record(name))]
    assert logged[0] == times[0]
    assert all(later - at >= RARELY for at, later in pairwise(logged))


def test_different_events_do_not_hide_one_another() -> None:
    """A kind is a place in the code"""
    rarely = Rarely(lambda: 0.0)
    assert [rarely.filter(record("asyncio", line)) for line in (1, 2, 1, 2)] == [
        True,
        True,
        False,
        False,
    ]


def test_every_other_line_is_logged() -> None:
    """Its number depends on what members do"""
    rarely = Rarely(lambda: 0.0)
    assert all(rarely.filter(record("keysmith.runner")) for _ in range(3))
