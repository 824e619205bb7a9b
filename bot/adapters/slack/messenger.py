"""Saying things at Slack at its pace: one message a second in a channel, from all processes."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.adapters.redis.names import pace
from bot.adapters.redis.store import Store
from bot.adapters.slack.client import Slack
from bot.cards.kit import Message
from bot.domain.requests.notifications import Posted

PACE_MS: Final = 1_000
"""Slack's own: https://docs.slack.dev/apis/web-api/rate-limits, chat.postMessage."""
WAIT: Final = 0.1
"""Seconds between two looks for one's turn."""


@dataclass(frozen=True)
class PacedMessenger:
    """Slack, one message a second in each channel."""

    slack: Slack
    store: Store
    pace_ms: int = PACE_MS
    lines: Mapping[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Where those wait who have something to say in a channel."""

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Wait for the channel's turn, then say it; who came first is first."""
        async with self.lines[channel]:
            while not await self._turn(channel):  # noqa: ASYNC110  # the turn is in Redis
                await asyncio.sleep(WAIT)
        return await self.slack.send(channel, message, mark=mark, thread=thread)

    async def _turn(self, channel: str) -> bool:
        answer = await self.store.text("SET", pace(channel), "1", "NX", "PX", str(self.pace_ms))
        return answer is not None

    async def change(self, said: Posted, message: Message) -> None:
        """Put another text in the place of what was said; updates have a pace of their own."""
        await self.slack.change(said, message)

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Look for what was said under this mark."""
        return await self.slack.find(channel, mark, thread)
