"""People who left Slack, so that many processes propose their offboarding once."""

from typing import Final

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import departed
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import absent, expire, set_
from bot.domain.audit import Entry
from bot.domain.requests.notifications import Notification

KEPT_FOR: Final = 90 * 86_400
"""Seconds in which the same person is not proposed again."""


class RedisDepartures:
    """The departures that every process that shares this Redis knows of."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def propose(self, user_id: str, entry: Entry, proposal: Notification) -> bool:
        """Queue a proposal with its audit entry, once."""
        key = departed(user_id)
        writes = set_(key, "proposed"), expire(key, KEPT_FOR), queued(proposal)
        return await self._ledger.write(entry, writes, absent(key))
