"""When to repeat a call to Cloudinary: exponential back-off with jitter, within a time budget."""

import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from bot.adapters.aside import wait_aside

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


@dataclass(frozen=True)
class Timing:
    """Clocks, sleep and randomness; tests pass their own."""

    sleep: Callable[[float], Awaitable[None]] = wait_aside
    dice: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def wait_asked(headers: Mapping[str, str], now: datetime, *, limited: bool) -> float | None:
    """Seconds that an answer asks the caller to wait; None where it does not.

    `Retry-After` (RFC 9110) is a number of seconds or a date. Every answer may carry the reset of
    the rate limit, so it counts only where the limit is the reason of the refusal (`limited`).
    """
    value = _header(headers, RETRY_AFTER)
    try:
        asked: float | None = float(value)
    except ValueError:
        asked = _until(value, now)
    if asked is not None and math.isfinite(asked) and asked >= 0:
        return asked
    return _until(_header(headers, RATE_LIMIT_RESET), now) if limited else None


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
