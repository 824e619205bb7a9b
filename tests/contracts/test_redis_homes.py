"""App Homes that wait for a worker, in Redis."""

from redis.asyncio import Redis

from bot.adapters.redis.homes import RedisHomes
from bot.adapters.redis.names import HOMES
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.store import Store
from bot.domain.people import Actor
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

ANN = Actor("T1", "U1", "E1")


async def test_a_worker_reads_whose_tab_it_is_and_whether_they_wait(redis: Redis) -> None:
    """In the order in which they came"""
    homes, queue = RedisHomes(Store(redis)), RedisQueue(redis, HOMES)
    await homes.put(ANN, opened=True)
    await homes.put(ANN, opened=False)
    await queue.open()
    items = await queue.take(9)
    assert [(Actor.parse(it.field("by")), it.field("opened")) for it in items] == [
        (ANN, "1"),
        (ANN, "0"),
    ]
    await queue.close()


async def test_tabs_that_no_worker_draws_do_not_fill_redis(redis: Redis) -> None:
    """The oldest are dropped"""
    homes = RedisHomes(Store(redis))
    for _ in range(1_300):
        await homes.put(ANN, opened=True)
    assert await redis.xlen(HOMES) < 1_200
