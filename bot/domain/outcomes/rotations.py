"""Outcomes of commands about rotations."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.keys import Located
from bot.domain.requests.machine import Request
from bot.domain.rotation import Step


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


RotationOutcome = NotRotated | Steered | OutOfTurn | RotationsListed
