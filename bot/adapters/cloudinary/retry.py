"""When to ask Cloudinary again: jittered exponential back-off within a budget of time."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

RETRY_AFTER: Final = "Retry-After"
RATE_LIMIT_RESET: Final = "X-FeatureRateLimit-Reset"
"""An HTTP date; the Admin API documents it, the account API may send it too."""


@dataclass(frozen=True)
class Retries:
    """How patient to be with one call; all times in seconds.

    A person waits in Slack for several calls in a row, so one of them may not take long.
    """

    attempts: int = 4
    base: float = 0.25
    cap: float = 4.0
    budget: float = 15.0

    def pause(self, attempt: int, elapsed: float, asked: float | None, dice: float) -> float | None:
        """Say how long to wait after this attempt (the first is 1); None to give up.

        `asked` is what Cloudinary asked for, `dice` is in 0..1 and spreads the callers out.
        """
        back_off = dice * min(self.cap, self.base * 2.0 ** (attempt - 1))
        wait = max(back_off, asked or 0.0)
        if attempt >= self.attempts or elapsed + wait >= self.budget:
            return None
        return wait


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Timing:
    """Time and chance, so that tests may bring their own."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc


class Patience:
    """What is left of it for one call."""

    def __init__(self, retries: Retries, timing: Timing) -> None:
        self._retries = retries
        self._timing = timing
        self._started = timing.monotonic()
        self._attempt = 0

    @property
    def left(self) -> float:
        """Seconds until the budget is spent."""
        return self._retries.budget - self._elapsed

    @property
    def _elapsed(self) -> float:
        return self._timing.monotonic() - self._started

    def pause(self, asked: float | None) -> float | None:
        """Seconds to wait after an attempt that failed; None to give up."""
        self._attempt += 1
        return self._retries.pause(self._attempt, self._elapsed, asked, self._timing.dice())


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read `Retry-After` as RFC 9110 has it: a number of seconds, or a date."""
    value = _header(headers, RETRY_AFTER)
    try:
        number = float(value)
    except ValueError:
        return _until(value, now)
    return number if math.isfinite(number) and number >= 0 else None


def rate_limit_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the limit is lifted; the header stands on every answer, refused or not."""
    return _until(_header(headers, RATE_LIMIT_RESET), now)


def _header(headers: Mapping[str, str], name: str) -> str:
    named = (value for key, value in headers.items() if key.casefold() == name.casefold())
    return next(named, "")


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
