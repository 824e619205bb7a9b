"""A client for Redis: at REDIS_URL, or of a private server that the bot starts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.adapters.redis.embedded import embedded_redis, is_owned, socket_of

_log = structlog.get_logger("keysmith.redis")

EMBEDDED: Final = Path("var/redis")
TIMEOUT: Final = 5.0  # seconds for one answer; the longest blocking read waits for one second
CONNECTIONS: Final = 50  # at a time; a further one waits until one is free instead of failing
HEALTH_CHECK: Final = 15  # seconds after which an idle connection is checked before it is used


@asynccontextmanager
async def connected(url: str | None, *, reading: bool = False) -> AsyncIterator[Redis]:
    """Yield a client while the block runs.

    `reading` joins the private server of a running bot, if there is one; only readers may.
    """
    if url is None and reading and is_owned(EMBEDDED):
        url = f"unix://{socket_of(EMBEDDED)}"
    async with AsyncExitStack() as stack:
        if not url:
            trial = "one machine, to try it out"
            _log.warning("embedded_redis", directory=str(EMBEDDED), meant_for=trial)
            url = await stack.enter_async_context(embedded_redis(EMBEDDED))
        yield await stack.enter_async_context(client(url))


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Redis]:
    """Connect; the client retries nothing, since a script that is sent twice may act twice."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=TIMEOUT,
        decode_responses=True,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        health_check_interval=HEALTH_CHECK,
        retry=Retry(NoBackoff(), 0),
    )
    async with Redis.from_pool(pool) as redis:
        yield redis
