"""Time zones of people: who has none of their own lives where it is day, so they hear at once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

DAY = range(9, 18)
"""Hours in which people work."""
PLACES = (
    *("Europe/Lisbon", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo", "Pacific/Auckland"),
    *("America/Los_Angeles", "America/New_York", "America/Sao_Paulo"),
)
"""At every hour, it is day in one of them."""


def zone_fields(own: str, clock: float) -> dict[str, str | int]:
    """Slack's three fields, for a zone or for the first place where it is day."""
    now = datetime.fromtimestamp(clock, UTC)
    days = (place for place in PLACES if now.astimezone(ZoneInfo(place)).hour in DAY)
    zone = own or next(days)
    local = now.astimezone(ZoneInfo(zone))
    offset = local.utcoffset()
    return {
        "tz": zone,
        "tz_label": local.tzname() or zone,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
    }
