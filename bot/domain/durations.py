"""Times as people write them: `30m`, `12h`, `7d`."""

import re
from datetime import timedelta

MAX_DAYS = 36_500
"""A hundred years; keeps date arithmetic inside its range."""
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_WRITTEN = re.compile(r"([0-9]{1,6})([dhm])")


def read(text: str) -> timedelta | None:
    """Read one; None where it is none, or not between a minute and a hundred years."""
    found = _WRITTEN.fullmatch(text.strip())
    span = int(found.group(1)) * _UNITS[found.group(2)] if found else timedelta()
    return span if timedelta() < span <= timedelta(days=MAX_DAYS) else None


def write(span: timedelta) -> str:
    """Write one in the largest unit that it is a multiple of; reading gives the same again."""
    for unit, length in _UNITS.items():
        if span % length == timedelta():
            return f"{span // length}{unit}"
    raise ValueError("a time of whole minutes is wanted")
