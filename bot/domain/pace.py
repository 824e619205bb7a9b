"""How fast one person may give commands: a token bucket, kept as the one time at which it is full.

A command moves that time on by one interval. Commands that stop a leak have a bucket of their own,
so that no flood of others holds them up.
"""

from dataclasses import dataclass

BURST = 60
"""Commands at the same time."""
INTERVAL_MS = 1_000
"""Milliseconds until a bucket holds one command more."""
WINDOW_S = 60
"""Seconds in which the audit log gets one entry about one person's refused commands."""


@dataclass(frozen=True)
class Paced:
    """Whether a command may run: `wait_ms` is 0, or how long the person has to wait.

    `first` is whether it is the first one refused in its window.
    """

    wait_ms: int = 0
    first: bool = False


def take(full_at: int, now: int) -> tuple[int, int]:
    """Take a token: returns when the bucket is full, and the wait. All in milliseconds."""
    after = max(full_at, now) + INTERVAL_MS
    wait = after - now - BURST * INTERVAL_MS
    return (full_at, wait) if wait > 0 else (after, 0)
