"""Posts to Slack at Slack's pace: one message a second in a channel, over all processes."""

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
"""Slack's limit of chat.postMessage: https://docs.slack.dev/apis/web-api/rate-limits."""
POLL: Final = 0.1
"""Seconds between two attempts to get a channel's turn."""


@dataclass(frozen=True)
class PacedMessenger:
    """A messenger that waits for a channel's turn; `lines` keep a process's messages in order."""

    slack: Slack
    store: Store
    pace_ms: int = PACE_MS
    lines: Mapping[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Wait for the channel's turn, first come first served, then post."""
        turn = ("SET", pace(channel), "1", "NX", "PX", str(self.pace_ms))
        async with self.lines[channel]:
            while await self.store.text(*turn) is None:  # noqa: ASYNC110  # the turn is in Redis
                await asyncio.sleep(POLL)
        return await self.slack.send(channel, message, mark=mark, thread=thread)

    async def change(self, posted: Posted, message: Message) -> None:
        """Replace the text of a posted message; updates have another, higher limit."""
        await self.slack.change(posted, message)

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Find the message with this mark."""
        return await self.slack.find(channel, mark, thread)

    async def every(self, channel: str, mark: str, thread: str | None = None) -> list[Posted]:
        """Find the messages with this mark, or with one that begins with it and a colon."""
        return await self.slack.every(channel, mark, thread)
