"""Outcomes of commands about rotations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.keys import Located
from bot.domain.requests.machine import Request
from bot.domain.rotation import Step
from bot.domain.rotation_schedules import RotationSchedule


class RotationStop(StrEnum):
    """Why a key is not rotated now; stored words."""

    RUNNING = "running"
    DELETION = "deletion"
    UNCLAIMED = "unclaimed"
    DISABLED = "disabled"
    ROLES = "roles"
    OWNER = "owner"


@dataclass(frozen=True)
class NotRotated:
    """The key is not rotated; `request` is the rotation that runs, for who may see it.

    With `stopped`, its rotation as compromised has disabled it all the same.
    """

    kind = "not_rotated"
    located: Located
    reason: RotationStop
    request: Request | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Steered:
    """A person's step is taken; the rotation is as it is after what followed at once."""

    kind = "rotation_steered"
    request: Request
    step: Step


@dataclass(frozen=True)
class OutOfTurn:
    """The rotation does not have the step now; nothing changed."""

    kind = "step_out_of_turn"
    request: Request
    step: Step


@dataclass(frozen=True)
class RotationsListed:
    """The rotations of a person that are running, newest first."""

    kind = "rotations_listed"
    requests: tuple[Request, ...]


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


RotationStep = NotRotated | Steered | OutOfTurn | RotationsListed
"""Outcomes of beginning a rotation, and of its steps."""
RotationOutcome = RotationStep | RotationScheduled | NotScheduled
