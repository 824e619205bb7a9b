"""What the security channel is told: after the fact, as often as it takes, blocking nothing."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from bot.cards.keys import notice
from bot.cards.kit import render
from bot.errors import SlackError
from handlers.ports import Talk

_log = structlog.get_logger("keysmith.notices")

LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries, after doubling from one."""


@dataclass(frozen=True)
class Notices:
    """Tells the channel."""

    talk: Talk
    channel: str

    async def __call__(self, text: str, user_id: str) -> None:
        """Post one notice; a channel that does not take it is tried again until it does."""
        pause = 1.0
        while True:
            try:
                return await self.talk.post(self.channel, render(notice(text, user_id)))
            except SlackError as error:
                _log.warning("notice_not_taken", code=error.code, channel=self.channel)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
