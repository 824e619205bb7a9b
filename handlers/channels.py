"""The channels of cards and notices, and which of them refuse messages at the moment."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bot.domain.requests.ways import remedy

Ready = Callable[[], Awaitable[float]]
"""Tells in how many seconds to ask again; 0 when the time has come."""

TRIED_EVERY: Final = 60.0
"""Seconds between two tries of a channel that refuses; one message tries for all that wait."""
LOOK: Final = 5.0
"""Seconds between two looks of a message that waits for its channel."""
LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries of one message, after doubling from one."""


@dataclass
class Channels:
    """The channels of the cards and of the notices to security."""

    approvals: str
    security: str
    now: Callable[[], float] = time.monotonic
    _refused: dict[str, tuple[str, float]] = field(default_factory=dict)

    def refuse(self, channel: str, code: str) -> None:
        """Note that a channel refuses messages."""
        self._refused[channel] = (code, self.now() + TRIED_EVERY)

    def refuses(self, channel: str) -> bool:
        """Whether the last message to a channel was refused."""
        return channel in self._refused

    def took(self, channel: str) -> None:
        """Note that a channel takes messages: all that wait for it go on."""
        self._refused.pop(channel, None)

    def pause(self, channel: str) -> float:
        """Seconds until a message that waits for a channel looks again; 0 to try it now."""
        code, at = self._refused.get(channel, ("", 0.0))
        if code and self.now() < at:
            return LOOK
        if code:
            self._refused[channel] = (code, self.now() + TRIED_EVERY)  # the others wait for it
        return 0.0

    def remarks(self) -> list[str]:
        """Tell which channels refuse messages, and what to do; for the person who runs Keysmith."""
        names = {self.security: "SECURITY_CHANNEL", self.approvals: "APPROVALS_CHANNEL"}
        return [
            f"{names.get(channel, channel)} refuses messages ({code}): {remedy(code)}, or"
            " set another one; until then people are asked directly"
            for channel, (code, _) in self._refused.items()
        ]

    def working(self, channel: str) -> Ready:
        """Wait until a channel may be tried again."""

        async def ready() -> float:
            return self.pause(channel)

        return ready


def after(tries: int) -> Ready:
    """Wait once, the longer the more tries there were."""
    left = [min(2.0**tries, LONGEST_PAUSE)]

    async def ready() -> float:
        return left.pop() if left else 0.0

    return ready
