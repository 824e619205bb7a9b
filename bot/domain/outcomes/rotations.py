"""Outcomes of commands about rotations."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.keys import Located
from bot.domain.requests.machine import Request


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


RotationOutcome = NotRotated
