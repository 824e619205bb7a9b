"""Waits of the simulated Slack, which tests can shorten."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field


@dataclass
class Pacing:
    """Divides the waits between attempts and before a socket is closed; factor 1 is real time.

    Deadlines that the bot has to keep (acknowledgements, triggers, response URLs) are not divided.
    """

    factor: float = 1.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self, factor: float) -> None:
        """Change the factor, also for waits that have already begun."""
        self.factor = factor
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait this many seconds of the simulated Slack, divided by the factor."""
        while seconds > 0:
            began, factor = time.monotonic(), self.factor
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds / factor)
            seconds -= (time.monotonic() - began) * factor
