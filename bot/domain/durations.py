"""Durations as people write them: `30m`, `12h`, `7d`."""

import re
from datetime import timedelta

MAX_DAYS = 36_500
"""A hundred years; keeps date arithmetic inside its range."""
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_NAMES = {"d": "day", "h": "hour", "m": "minute"}
_WRITTEN = re.compile(r"([0-9]{1,6})([dhm])")


def read(text: str) -> timedelta | None:
    """Parse a duration between a minute and a hundred years; None for any other text."""
    found = _WRITTEN.fullmatch(text.strip())
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    return span if timedelta() < span <= timedelta(days=MAX_DAYS) else None


def largest(span: timedelta) -> tuple[int, str]:
    """Give a duration in the largest unit that divides it, with the unit's English name."""
    written = write(span)
    return int(written[:-1]), _NAMES[written[-1]]


def write(span: timedelta) -> str:
    """Write a duration in the largest unit that divides it; raises `ValueError` if none does."""
    for unit, length in _UNITS.items():
        if span % length == timedelta():
            return f"{span // length}{unit}"
    raise ValueError("a time has whole minutes")
