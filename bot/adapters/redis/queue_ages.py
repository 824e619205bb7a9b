"""The probe of the queues: whether items wait that no living worker holds."""

from collections.abc import Sequence
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.names import WORKERS
from bot.adapters.redis.store import Store, store_errors

LIMIT: Final = 60.0
"""Seconds: a dead worker's items are reclaimed within fifteen, a new worker starts in a few."""


class QueueAges:
    """The probe of a process that works on these streams. May raise `StoreError`."""

    def __init__(self, redis: Redis, streams: Sequence[str], *, limit: float = LIMIT) -> None:
        self._redis = redis
        self._store = Store(redis)
        self._streams = streams
        self._limit = limit

    async def look(self) -> str | None:
        """Tell which queue stands still; None where each moves or is empty."""
        now, *firsts = await self._store.many(
            ("TIME",), *(("XRANGE", stream, "-", "+", "COUNT", "1") for stream in self._streams)
        )
        for stream, first in zip(self._streams, firsts, strict=True):
            age = _age(now, first)
            if age > self._limit and not await self._is_worked_on(stream):
                return (
                    f"an item of {stream} has waited for {age:.0f} seconds and no worker holds it:"
                    " look at this process's log for reading_failed, and restart it"
                )
        return None

    async def _is_worked_on(self, stream: str) -> bool:
        with store_errors():
            consumers = await self._redis.xinfo_consumers(stream, WORKERS)
        busy = [str(each["name"]) for each in consumers if int(str(each["pending"]))]
        alive = await self._store.many(*(("EXISTS", names.alive(worker)) for worker in busy))
        return any(alive)


def _age(now: object, first: object) -> float:
    """Read the age of a stream's first item in seconds, by Redis's clock; 0 where it has none."""
    if not (isinstance(now, list | tuple) and isinstance(first, list) and first):
        return 0.0
    return float(now[0]) - int(str(first[0][0]).partition("-")[0]) / 1000
