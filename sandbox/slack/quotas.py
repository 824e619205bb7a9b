"""Rate limits of methods (docs.slack.dev/apis/web-api/rate-limits)."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.slack.refusals import rate_limited

_MINUTE = 60.0


@dataclass
class Quotas:
    """Allows a tier's calls per minute and method, and `burst` more; None allows any number."""

    burst: int | None
    clock: Callable[[], float]
    calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def admit(self, method: str, per_minute: int | None) -> None:
        """Count a call, or refuse it with the number of seconds to wait."""
        if self.burst is None or per_minute is None:
            return
        now, calls = self.clock(), self.calls[method]
        while calls and calls[0] <= now - _MINUTE:
            calls.popleft()
        if len(calls) >= per_minute + self.burst:
            raise rate_limited(max(1, math.ceil(calls[0] + _MINUTE - now)))
        calls.append(now)
