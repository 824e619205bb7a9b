"""Quiet hours: at night a person hears of no request, by the clock where they live."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

MORNING: Final = time(8)
EVENING: Final = time(22)
"""A person hears of nothing between evening and morning, by their own clock."""


@dataclass(frozen=True)
class Listener:
    """A person who may decide; `held` are their names in the rules.

    `zone` is the time zone's name, `offset` its seconds east of UTC; None where it is not known.
    `delegate` is who decides for them now, by Slack user id.
    """

    user_id: str
    held: frozenset[str] = frozenset()
    zone: str = ""
    offset: int | None = None
    delegate: str = ""


def wakes_at(listener: Listener, now: datetime) -> datetime:
    """Return when this person may hear of something: now, or at the end of their night."""
    zone = _zone(listener)
    if zone is None:
        return now
    local = now.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return now
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def _zone(listener: Listener) -> tzinfo | None:
    try:
        return ZoneInfo(listener.zone)
    except (KeyError, ValueError, OSError):  # no such zone here; its name comes from outside
        offset = listener.offset
    return None if offset is None else timezone(timedelta(seconds=offset))
