"""When something is due in a rotation: the end of a phase, or a reminder."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.rotation import ACTING, Phase, Rotation

NUDGES: Final = (0.5, 0.9)
"""Parts of the grace after which its people are reminded."""
AGAIN: Final = timedelta(days=7)
"""Between reminders of a rotation that waits for a person."""


def next_look(rotation: Rotation) -> datetime | None:
    """When something is due; until it is collected, the request itself has a deadline."""
    ends = end_of(rotation)
    nudges = _nudges(rotation)[rotation.nudged :][:1]
    return min([*nudges, *([ends] if ends else [])], default=None)


def end_of(rotation: Rotation) -> datetime | None:
    """When the phase ends by time alone; the old key waits until the new pair was tested."""
    phase = rotation.phase
    if phase in ACTING or phase is Phase.SIGNING:
        return rotation.since
    proven = rotation.compromised or rotation.tested_at is not None
    ends = phase is Phase.SOAKING or (phase is Phase.OVERLAP and proven)
    return rotation.until if ends else None


def nudged(rotation: Rotation, now: datetime) -> Rotation:
    """Count every reminder that is due by now: a late one is sent once."""
    while any(at <= now for at in _nudges(rotation)[rotation.nudged :][:1]):
        rotation = replace(rotation, nudged=rotation.nudged + 1)
    return rotation


def _nudges(rotation: Rotation) -> list[datetime]:
    """The times of the phase's reminders, one more than were sent where they don't end."""
    since, until, phase = rotation.since, rotation.until, rotation.phase
    more = range(1, rotation.nudged + 2)
    if phase is Phase.OVERLAP and until and not rotation.compromised:
        within = [since + part * (until - since) for part in NUDGES]
        return within if end_of(rotation) else [*within, *(until + AGAIN * n for n in more)]
    if phase in {Phase.UNTESTED, Phase.RIPE}:
        return [since + AGAIN * n for n in more]
    return []
