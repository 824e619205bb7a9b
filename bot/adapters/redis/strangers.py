"""People who signed in for another person's link: each is told once, by whichever process."""

from datetime import timedelta

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import link_stranger
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import absent, set_
from bot.domain.audit import Entry
from bot.domain.people import Actor
from bot.domain.requests.notifications import Notification


class RedisStrangers:
    """The strangers that every process that shares this Redis knows of."""

    def __init__(self, ledger: Ledger, link_ttl: timedelta) -> None:
        self._ledger = ledger
        self._link_ttl = int(link_ttl.total_seconds())

    async def tell(
        self, about: str, stranger: Actor, entry: Entry, told: tuple[Notification, ...]
    ) -> bool:
        """Record and tell it in one step, once for each link and person."""
        key = link_stranger(f"{about}:{stranger}")
        writes = set_(key, "told", self._link_ttl), *map(queued, told)
        return await self._ledger.write(entry, writes, absent(key))
