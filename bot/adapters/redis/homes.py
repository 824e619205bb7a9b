"""App Homes that workers draw, for processes without the account key."""

from dataclasses import dataclass
from typing import Final

from bot.adapters.redis.names import HOMES
from bot.adapters.redis.store import Store
from bot.domain.people import Actor

MOST: Final = "1000"
"""Tabs that wait: without a worker the oldest are dropped, and drawn when they are opened next."""


@dataclass(frozen=True)
class RedisHomes:
    """The queue of tabs to be drawn."""

    store: Store

    async def put(self, actor: Actor, opened: bool) -> None:  # noqa: FBT001  # a port of one call
        """Queue a person's tab; `opened` is whether they wait for it. May raise `StoreError`."""
        fields = ("by", str(actor), "opened", str(int(opened)))
        await self.store.call("XADD", HOMES, "MAXLEN", "~", MOST, "*", *fields)
