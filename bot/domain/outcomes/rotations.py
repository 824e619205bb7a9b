"""Outcomes of commands about rotations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.keys import Located
from bot.domain.requests.machine import Request
from bot.domain.rotation_schedules import RotationSchedule


class RotationStop(StrEnum):
    """Why a key is not rotated now; stored words."""

    RUNNING = "running"
    DELETION = "deletion"
    UNCLAIMED = "unclaimed"
    DISABLED = "disabled"
    ROLES = "roles"


@dataclass(frozen=True)
class NotRotated:
    """The key is not rotated; `request` is the rotation that runs, for who may see it."""

    kind = "not_rotated"
    located: Located
    reason: RotationStop
    request: Request | None = None


@dataclass(frozen=True)
class RotationScheduled:
    """The key has this schedule, or none any more; the next rotation `begins` in its window.

    `put_off` is whether only the next one is later. `asks` is whether others approve each.
    """

    kind = "rotation_scheduled"
    located: Located
    schedule: RotationSchedule | None
    begins: datetime | None = None
    put_off: bool = False
    asks: bool = False


class NotScheduledReason(StrEnum):
    """Why a schedule stays as it is; stored words."""

    NONE = "none"
    BEGUN = "begun"
    STANDS = "stands"
    PUT_OFF = "put_off"
    OPTIONS = "options"
    POLICY = "policy"


@dataclass(frozen=True)
class NotScheduled:
    """The schedule of the key stays as it is; `most` is the longest time that the policy allows."""

    kind = "not_scheduled"
    located: Located
    reason: NotScheduledReason
    most: timedelta | None = None


RotationOutcome = NotRotated | RotationScheduled | NotScheduled
