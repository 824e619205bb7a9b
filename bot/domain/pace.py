"""How fast one person may give commands: a token bucket, kept as the one time at which it is full.

A command moves that time on by one interval. Commands that stop a leak have a bucket of their own,
so that no flood of others holds them up.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.commands.grammar import Incomplete, Reading
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.requests import Cancel, Deny, Withdraw
from bot.domain.policy import Action

STOPS = DisableKey | Deny | Cancel | Withdraw
BURST = 20
"""Commands at the same time."""
INTERVAL_MS = 2_000
"""Milliseconds until a bucket holds one command more."""
WINDOW_S = 60
"""Seconds in which the audit log gets one entry about one person's refused commands."""


class Lane(StrEnum):
    """Which bucket a command is counted in; the values are stored."""

    STOP = "stop"
    OTHER = "other"


@dataclass(frozen=True)
class Paced:
    """Whether a command may run: `wait_ms` is 0, or how long the person has to wait.

    `first` is whether it is the first one refused in its window.
    """

    wait_ms: int = 0
    first: bool = False


def lane_of(reading: Reading) -> Lane:
    """Tell the bucket of a command, also of one whose form is still to be filled in."""
    if isinstance(reading, Incomplete):
        words = reading.spec.words[-1]
        stops = reading.spec.action is Action.KEY_DISABLE or words in {"deny", "cancel", "withdraw"}
    else:
        stops = isinstance(reading, STOPS)
    return Lane.STOP if stops else Lane.OTHER


def take(full_at: int, now: int) -> tuple[int, int]:
    """Take a token: returns when the bucket is full, and the wait. All in milliseconds."""
    after = max(full_at, now) + INTERVAL_MS
    wait = after - now - BURST * INTERVAL_MS
    return (full_at, wait) if wait > 0 else (after, 0)
