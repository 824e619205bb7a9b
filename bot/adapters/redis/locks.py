"""One at a time across processes, by redis-py's own lock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

from bot.adapters.redis import names
from bot.errors import StoreError

LEASE: Final = 10.0
"""Seconds until a dead holder's lock is free; a living one renews it."""
RENEW: Final = LEASE / 4
"""Seconds between two renewals: three may go missing."""
PATIENCE: Final = 180.0
"""Seconds that a caller waits for its turn: as long as several slow turns at Cloudinary."""
POLL: Final = 0.02
"""Seconds between two looks at a taken lock."""


class RedisLocks:
    """Locks by name."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for one's turn and have it until the block ends.

        Raises:
            StoreError: the turn never came, or Redis did not answer.

        """
        lock = Lock(
            self._redis,
            names.lock(name),
            timeout=LEASE,
            blocking_timeout=PATIENCE,
            sleep=POLL,
            thread_local=False,
        )
        await _acquire(lock)
        renewing = asyncio.create_task(_renew(lock))
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(LockError, RedisError, OSError):  # the lease frees it
                await lock.release()


async def _acquire(lock: Lock) -> None:
    try:
        acquired = await lock.acquire()
    except (LockError, RedisError, OSError) as error:
        raise StoreError(type(error).__name__) from error
    if not acquired:
        raise StoreError("the turn never came")


async def _renew(lock: Lock) -> None:
    while True:
        await asyncio.sleep(RENEW)
        with contextlib.suppress(LockError, RedisError, OSError):  # tried again in a moment
            await lock.reacquire()
