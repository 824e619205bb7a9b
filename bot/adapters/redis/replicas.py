"""REDIS_REPLICAS: what was written is on so many replicas before a caller relies on it.

A replica takes the writes of its master in their order. So a later write that has reached it, over
the connection of WAIT, proves all earlier ones of the same server. That it is the same server, and
not one that a failover promoted in between, is proven by the record that the caller's write made.
"""

from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis.heartbeat import KEPT_MS
from bot.adapters.redis.names import AUDIT, HEARTBEAT
from bot.adapters.redis.store import as_items, store_errors
from bot.domain.audit import Head
from bot.errors import NotReplicated

WAIT_MS: Final = 700
"""Milliseconds for the replicas; within the 1.2 seconds that an ack waits for Redis."""


class Replicas:
    """Waits for `count` replicas; 0 waits for none."""

    def __init__(self, redis: Redis, count: int) -> None:
        self._redis = redis
        self._count = count

    async def have(self, head: Head) -> None:
        """Return once they have the audit log up to this head, and all that was written before it.

        Raises:
            NotReplicated: too few had it in time; what was written is not undone.
            StoreError: Redis did not answer.

        """
        if not self._count:
            return
        place = f"{head.seq}-0"
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.execute_command("XRANGE", AUDIT, place, place)
                pipeline.execute_command("SET", HEARTBEAT, "1", "PX", str(KEPT_MS))
                pipeline.execute_command("WAIT", str(self._count), str(WAIT_MS))
                found, _, reached = await pipeline.execute()
        there = any(fields["mac"] == head.mac for _, fields in as_items(found))
        if not there or int(reached) < self._count:
            raise NotReplicated(f"{reached} of {self._count} replicas have it")
