"""Maintenance windows: weekly hours in a time zone, such as `Mon-Fri 09:00-17:00 Europe/Berlin`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CLOCK: Final = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_WRITTEN: Final = re.compile(rf"([A-Za-z,-]+) {_CLOCK}-(?:{_CLOCK}|(24:00)) ([A-Za-z0-9_+/-]+)")
_AHEAD: Final = 15
"""Local days that are searched: a week, and one more where a change of the clock skips an hour."""
_TURNS: Final = 60
"""Openings of several windows that are compared until one is in all of them."""


@dataclass(frozen=True)
class Window:
    """Weekly hours: on `days`, Monday is 0, from `start` until `end`; that may be the next day."""

    days: frozenset[int]
    start: time
    end: time
    zone: str
    written: str = field(default="", compare=False)

    def holds(self, at: datetime) -> bool:
        """Whether it is open then."""
        local = at.astimezone(ZoneInfo(self.zone))
        now, day = local.time(), local.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= now < self.end
        before = (day - 1) % len(DAYS)
        return (day in self.days and now >= self.start) or (before in self.days and now < self.end)


def read_window(text: str) -> Window:
    """Read a window; raises `ValueError` with what is wrong."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError('needs days, hours and a zone: "Mon-Fri 09:00-17:00 Europe/Berlin"')
    days, from_hour, from_minute, to_hour, to_minute, midnight, zone = found.groups()
    start = time(int(from_hour), int(from_minute))
    end = time() if midnight else time(int(to_hour), int(to_minute))
    if start == end and not midnight:
        raise ValueError("begins and ends at the same time; for whole days write 00:00-24:00")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'knows no time zone "{zone}"') from error
    return Window(_days(days), start, end, zone, text.strip())


def _days(text: str) -> frozenset[int]:
    days = set[int]()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if not {first, last} <= {*DAYS}:
            raise ValueError(f'knows no day "{part}", but {", ".join(DAYS)}')
        start, end = DAYS.index(first), DAYS.index(last)
        days |= {(start + n) % len(DAYS) for n in range((end - start) % len(DAYS) + 1)}
    return frozenset(days)


def next_opening(window: Window, now: datetime) -> datetime:
    """Return when the window is open next: now, or when it opens."""
    if window.holds(now):
        return now
    zone = ZoneInfo(window.zone)
    today = now.astimezone(zone).date()
    every = (at for n in range(_AHEAD) for at in _candidates(window, today + timedelta(n), zone))
    return next(at for at in every if at > now and window.holds(at))


def _candidates(window: Window, day: date, zone: ZoneInfo) -> Iterable[datetime]:
    """The moments of a day at which the window may open, in their order.

    On a day whose clock changes, that is every minute: hours are skipped, or come twice.
    """
    first = datetime.combine(day, time(), zone).astimezone(UTC)
    last = datetime.combine(day + timedelta(1), time(), zone).astimezone(UTC)
    if last - first == timedelta(days=1):
        return (datetime.combine(day, window.start, zone).astimezone(UTC),)
    minute = timedelta(minutes=1)
    return (first + n * minute for n in range((last - first) // minute))


def common_opening(windows: Sequence[Window], now: datetime) -> datetime | None:
    """Return when all windows are open next; None where they hardly ever are together."""
    at = now
    for _ in range(_TURNS):
        later = max((next_opening(window, at) for window in windows), default=at)
        if later == at:
            return at
        at = later
    return None
