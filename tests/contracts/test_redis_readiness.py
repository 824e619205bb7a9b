"""The probes of Redis and of the queues, over a real server."""

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.heartbeat import Heartbeat
from bot.adapters.redis.names import HEARTBEAT, JOBS, NOTICES
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.queue_ages import QueueAges
from bot.adapters.redis.store import Store
from bot.errors import StoreError
from tests.contracts.redis_server import redis, server, unreachable

__all__ = ["redis", "server", "unreachable"]

HOURS_AGO = "1000-0"
"""The id of an item that is old, whatever the time."""


async def test_the_heartbeat_is_a_write_that_expires(redis: Redis) -> None:
    """A server that takes reads alone is not one to rely on"""
    assert await Heartbeat(Store(redis)).look() is None
    assert 0 < await redis.pttl(HEARTBEAT) <= 60_000


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("maxmemory", "1", "full"),
        ("min-replicas-to-write", "1", "too few replicas"),
    ],
)
async def test_a_server_that_takes_no_writes_says_why(
    redis: Redis, name: str, value: str, told: str
) -> None:
    """In words, with what to do"""
    await redis.config_set(name, value)
    try:
        assert told in str(await Heartbeat(Store(redis)).look())
    finally:
        await redis.config_set(name, "0")


async def test_a_server_that_is_away_is_told(unreachable: Redis) -> None:
    """Not as an error of the probe"""
    assert "no such file" in str(await Heartbeat(Store(unreachable)).look())
    with pytest.raises(StoreError):
        await QueueAges(unreachable, (JOBS,)).look()


async def test_a_queue_does_not_move_if_its_oldest_item_waits_and_no_worker_lives(
    redis: Redis,
) -> None:
    """New items, an empty queue and one that is worked on are well"""
    ages = QueueAges(redis, (NOTICES, JOBS))
    assert await ages.look() is None
    await redis.xadd(NOTICES, {"id": "new"})
    assert await ages.look() is None
    await redis.xadd(JOBS, {"id": "old"}, id=HOURS_AGO)
    queue = RedisQueue(redis, JOBS)
    await queue.open()
    assert f"an item of {JOBS} has waited" in str(await ages.look())
    (item,) = await queue.take(1)
    assert await ages.look() is None
    await queue.close()  # as a worker that died: it holds the item and gives no sign of life
    assert f"an item of {JOBS} has waited" in str(await ages.look())
    await queue.done(item)
    assert await ages.look() is None


async def test_a_queue_whose_group_is_gone_is_not_well(redis: Redis) -> None:
    """What can't be read is not ready"""
    await redis.xadd(JOBS, {"id": "old"}, id=HOURS_AGO)
    with pytest.raises(StoreError):
        await QueueAges(redis, (JOBS,)).look()
