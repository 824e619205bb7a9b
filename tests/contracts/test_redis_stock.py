from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.presence import Presence, this_process
from bot.adapters.redis.stock import RedisStock
from bot.adapters.redis.store import Store
from bot.domain.audit import Head
from bot.errors import StoreError
from bot.flows.stock import Queue
from tests.contracts.redis_server import redis, server, unreachable
from tests.fakes.clock import FakeClock

__all__ = ["redis", "server", "unreachable"]

AGES = (timedelta(minutes=1), timedelta(hours=7), timedelta(hours=9), timedelta(days=3))


async def test_an_empty_store_has_nothing_waiting(redis: Redis) -> None:
    """Each queue is there all the same, so that a panel is never without data"""
    stock = await RedisStock(Store(redis), FakeClock()).take_stock()
    assert (stock.head, stock.role, stock.half_open) == (Head(), "master", Queue(0, 0.0))
    assert stock.uncollected == {"open": 0, "expired": 0}
    assert {*stock.queues.values()} == {Queue(0, 0.0)}
    assert (len(stock.queues), stock.working) == (8, False)
    assert (stock.aside, {*stock.pending.values()}) == ({"normal": 0, "reserved": 0}, {0})


async def test_what_waits_is_counted_and_its_age_is_known(redis: Redis) -> None:
    """By Redis's clock for items, by the requests' own times for requests"""
    clock = FakeClock()
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    await redis.xadd(names.JOBS, {"id": "a"}, id=f"{hour_ago}-0")
    await redis.xadd(names.JOBS, {"id": "b"})
    await redis.zadd(names.JOBS_ASIDE, {"c": 1.0})
    now = clock.now().timestamp()
    await redis.zadd(names.LINKS_OPENING, {"l": now - 30, "m": now - 5})
    await redis.zadd(names.LINKS_WAITING, {"p": now + 60, "q": now - 60, "r": now})
    asked = {str(age): (clock.now() - age).timestamp() for age in AGES}
    await redis.zadd(names.REQUESTS_PENDING, asked)
    await redis.set(names.AUDIT_HEAD, "41:abc")
    stock = await RedisStock(Store(redis), clock).take_stock()
    jobs = stock.queues["jobs"]
    assert (jobs.items, round(jobs.oldest / 3600, 2)) == (2, 1.0)
    assert (stock.aside["normal"], stock.half_open, stock.head.seq) == (1, Queue(2, 30.0), 41)
    assert stock.uncollected == {"open": 1, "expired": 2}
    assert [*stock.pending.values()] == [1, 1, 1, 1]


async def test_a_process_that_runs_jobs_is_seen_while_it_lives(redis: Redis) -> None:
    """One that only serves is none; the sign of one that was killed expires"""
    store, stock = Store(redis), RedisStock(Store(redis), FakeClock())
    process = this_process("web", (), FakeClock().now())
    await Presence(store, process, works=False).announce()
    assert not (await stock.take_stock()).working
    await Presence(store, process, works=True).announce()
    assert (await stock.take_stock()).working
    assert 0 < await redis.ttl(names.WORKING) <= 30


async def test_a_store_that_is_away_says_so(unreachable: Redis) -> None:
    """No value is invented"""
    with pytest.raises(StoreError):
        await RedisStock(Store(unreachable), FakeClock()).take_stock()
