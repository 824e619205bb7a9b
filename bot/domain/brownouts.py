"""Brown-outs: a key is disabled for a short time, to find out what uses it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from bot.domain import durations
from bot.domain.people import Actor

LEAST: Final = timedelta(minutes=1)
MOST: Final = timedelta(hours=24)
LATE: Final = timedelta(minutes=2)
"""How long the enabling may fail before the key's people and security hear of it."""
SETTLES: Final = timedelta(minutes=1)
"""How long after an unclear answer Cloudinary may still carry out what it was asked."""
ALREADY: Final = "nothing_to_change:disabled"
"""The outcome of a request whose key was disabled already: it is not enabled afterwards."""
ENABLE_NOW: Final = "enable now"
"""What the audit log says of one that a person ends early; a stored word."""


class Ending(StrEnum):
    """How a brown-out ended; the values are stored words. Each but ENABLED leaves the key alone."""

    ENABLED = "enabled"
    MEANWHILE = "enabled_meanwhile"
    STOPPED = "stopped"
    CHANGED = "changed"
    ACCESS = "access"
    SIGNER = "signer"
    GONE = "gone"
    ROOT = "root"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True)
class Report:
    """What one person saw: whether something broke."""

    by: Actor
    name: str
    broke: bool
    at: datetime
    comment: str = ""


@dataclass(frozen=True)
class Brownout:
    """How far a brown-out is. `owner` is the person of the key, who hears of it.

    `enable_at` is when the key is enabled again, as long as that is to come. `enabling` is true
    once that has begun, `late` once people heard that it fails.
    """

    owner: Actor | None = None
    enable_at: datetime | None = None
    enabling: bool = False
    late: bool = False
    ending: Ending | None = None
    ended_at: datetime | None = None
    reports: tuple[Report, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether the key was disabled."""
        return self.enable_at is not None or self.ending is not None

    def ended(self, ending: Ending, at: datetime) -> Self:
        """End it: nothing is to be enabled any more."""
        return replace(self, enable_at=None, enabling=False, ending=ending, ended_at=at)

    def reported(self, new: Report) -> Self:
        """Add what a person saw, in place of what they said before."""
        others = (each for each in self.reports if each.by != new.by)
        return replace(self, reports=(*others, new))


def read(text: str) -> timedelta | None:
    """Parse how long a brown-out lasts; None for what it can't last."""
    span = durations.read(text)
    return span if span and LEAST <= span <= MOST else None
