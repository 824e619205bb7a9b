"""Locks across processes, by redis-py's own lock: one holder at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import RedisError

from bot.adapters.redis import names
from bot.adapters.redis.store import store_errors
from bot.errors import StoreError

LEASE: Final = 10.0  # seconds until a dead holder's lock is free; a living one renews it
RENEW: Final = LEASE / 4  # seconds between two renewals: three may go missing
PATIENCE: Final = 180.0  # seconds to wait for the lock: several slow changes at Cloudinary
POLL: Final = 0.02  # seconds between two looks at a taken lock


class RedisLocks:
    """Locks by name."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for the lock and hold it until the block ends.

        Raises:
            StoreError: the wait was too long, or Redis did not answer.

        """
        lock = self._redis.lock(
            names.lock(name), LEASE, POLL, blocking_timeout=PATIENCE, thread_local=False
        )
        with store_errors():
            acquired = await lock.acquire()
        if not acquired:
            raise StoreError("the turn never came")
        renewing = asyncio.create_task(_renew(lock))
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(RedisError, OSError):  # the lease frees it
                await lock.release()


async def _renew(lock: Lock) -> None:
    while True:
        await asyncio.sleep(RENEW)
        with contextlib.suppress(RedisError, OSError):  # the next renewal tries again
            await lock.reacquire()
