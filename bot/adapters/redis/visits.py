"""Visits that open no link, in Redis: limits of the library `limits`, and counts by hour.

Neither holds an address or a link: a limit counts under the keyed hash of a network, for a minute.
`limits` has a client of its own over Keysmith's pool of connections, so that it follows the master
as all others do (`connection.py`), with the same TLS and the same user.
"""

from datetime import datetime, timedelta
from typing import Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import link, sealed, visits, visits_in, visits_told
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import absent, set_
from bot.adapters.redis.store import Store, as_fields, store_errors
from bot.domain.audit import Entry
from bot.domain.link_visits import (
    PER_MINUTE,
    PER_MINUTE_IN_ALL,
    WINDOW,
    Figures,
    Visit,
    visit_to,
)
from bot.domain.links import LinkState
from bot.domain.requests.notifications import Notification

KEPT: Final = int((2 * WINDOW + timedelta(minutes=10)).total_seconds())
"""Seconds: a window, and time to be told of its end after an outage of the workers."""


class RedisVisitLimits:
    """The limits of every process that shares this Redis."""

    def __init__(self, redis: Redis) -> None:
        pool = redis.connection_pool
        self._limiter = FixedWindowRateLimiter(
            RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix=visits("").removesuffix(":"),
                connection_pool=pool,  # type: ignore[arg-type]  # its options are typed as text alone
            )
        )
        self._each = RateLimitItemPerMinute(PER_MINUTE, namespace="from")
        self._all = RateLimitItemPerMinute(PER_MINUTE_IN_ALL, namespace="all")

    async def serves(self, place: str) -> bool:
        """Count a visit from there; False above a limit."""
        with store_errors():
            return await self._limiter.hit(self._each, place) and await self._limiter.hit(self._all)


class RedisVisitTally:
    """What every process that shares this Redis has counted."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def met(self, link_id: str) -> Visit:
        """What a visitor without the proof meets, in the same calls for every id."""
        state, there = await self._store.many(
            ("HGET", link(link_id), "state"), ("EXISTS", sealed(link_id))
        )
        return visit_to(_state(str(state)) if state else None, there=bool(there))

    async def add(self, window: datetime, *kinds: Visit) -> None:
        """Count a visit."""
        key = visits_in(window.isoformat())
        counted = (("HINCRBY", key, str(each), "1") for each in kinds)
        await self._store.many(*counted, ("EXPIRE", key, str(KEPT)))

    async def figures(self, window: datetime) -> Figures:
        """Read the counts of a window."""
        found = as_fields(await self._store.call("HGETALL", visits_in(window.isoformat())))
        return Figures(window, {each: int(found[each]) for each in Visit if each in found})

    async def tell(self, figures: Figures, entry: Entry, told: Notification) -> bool:
        """Record and queue it in one step; False where it was told."""
        key = visits_told(figures.told_as)
        return await self._ledger.write(entry, (set_(key, "told", KEPT), queued(told)), absent(key))


def _state(word: str) -> LinkState:
    """Read a state; a word of another version counts by the ciphertext alone, as SEALED does.

    An error here would tell a visitor without the proof that the link exists.
    """
    return next((each for each in LinkState if each == word), LinkState.SEALED)
