"""When to repeat a call to Cloudinary: exponential back-off with jitter, within a time budget."""

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
"""An HTTP date; documented for the Admin API, and the account API may send it too."""


@dataclass(frozen=True)
class Retries:
    """How often and for how many seconds one call is tried.

    A person waits in Slack for several calls in a row, so the budget of one call is small.
    """

    attempts: int = 4
    base: float = 0.25
    cap: float = 4.0
    budget: float = 15.0

    def pause(self, attempt: int, elapsed: float, asked: float | None, dice: float) -> float | None:
        """Seconds to wait after this attempt (the first is 1); None to give up.

        `asked` is what Cloudinary asks for; `dice`, in 0..1, spreads simultaneous callers.
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
    """Clocks, sleep and randomness; tests pass their own."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read `Retry-After` (RFC 9110), a number of seconds or a date, as seconds from now."""
    value = _header(headers, RETRY_AFTER)
    try:
        number = float(value)
    except ValueError:
        return _until(value, now)
    return number if math.isfinite(number) and number >= 0 else None


def rate_limit_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the rate limit resets; every answer carries the header, refused or not."""
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
