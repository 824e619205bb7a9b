"""Notices to the security channel: sent after the change, at Slack's pace, blocking nothing."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from bot.cards.keys import notice
from bot.cards.kit import render
from bot.errors import SlackError, StoreError
from handlers.metrics import Metrics
from handlers.ports import Messenger

_log = structlog.get_logger("keysmith.notices")

LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries, after doubling from one."""


@dataclass(frozen=True)
class Notices:
    """Posts notices to one channel."""

    messenger: Messenger
    channel: str
    metrics: Metrics

    async def __call__(self, text: str, user_id: str) -> None:
        """Post one notice, however many tries it takes."""
        pause = 1.0
        while True:
            try:
                await self.messenger.send(self.channel, render(notice(text, user_id)), mark="")
            except StoreError:
                _log.warning("store_away")
            except SlackError as error:
                _log.warning("notice_not_taken", code=error.code, channel=self.channel)
            else:
                return
            self.metrics.retries.labels("notice").inc()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
