"""People who signed in for another person's link: each is told once, by whichever process."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import link_stranger, link_strangers
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import Lost, Step, absent, equals, set_
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.people import Actor
from bot.domain.requests.notifications import Told
from bot.errors import StoreError

TRIES: Final = 50
"""Attempts at one step: each lost race means that another person was counted."""
KNOWN: Final = 0  # the place of the guard that the person was not told of


class RedisStrangers:
    """The strangers that every process that shares this Redis knows of."""

    def __init__(self, store: Store, ledger: Ledger, link_ttl: timedelta) -> None:
        self._store = store
        self._ledger = ledger
        self._link_ttl = int(link_ttl.total_seconds())

    async def tell(
        self, about: str, stranger: Actor, entry: Entry, told: Callable[[int], Told]
    ) -> bool:
        """Record and tell it in one step, once for each link and person."""
        person, people = link_stranger(f"{about}:{stranger}"), link_strangers(about)
        for _ in range(TRIES):
            before = await self._store.text("GET", people)
            number = int(before or "0") + 1
            writes = (
                set_(person, "told", self._link_ttl),
                set_(people, str(number), self._link_ttl),
                *map(queued, told(number)),
            )
            guards = absent(person), equals(people, before) if before else absent(people)
            done = await self._ledger.commit(Step((entry,), writes, guards))
            if not isinstance(done, Lost):
                return True
            if done.place == KNOWN:
                return False
        raise StoreError("the count of strangers keeps changing")
