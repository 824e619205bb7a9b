"""How fast Slack's own waits go by."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field


@dataclass
class Tempo:
    """Divides the waits between attempts, and before a socket is closed; 1 is Slack's own pace.

    Deadlines that the bot has to keep (acknowledgements, triggers, response URLs) are not divided.
    """

    factor: float = 1.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self, factor: float) -> None:
        """Go on at another pace, with the waits that have begun, too."""
        self.factor = factor
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Let this many of Slack's seconds go by."""
        while seconds > 0:
            began, factor = time.monotonic(), self.factor
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds / factor)
            seconds -= (time.monotonic() - began) * factor
