"""A lock that is taken costs no worker: jobs stand in line, the reserved lane first."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import locks as module
from bot.adapters.redis.locks import GONE_MS, HELD_HERE, RedisLocks
from bot.adapters.redis.store import Store
from bot.domain.jobs import Job
from bot.errors import LockTaken
from bot.flows.ports import Locks
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_jobs import AT, PLAIN
from tests.contracts.test_redis_locks import KINDS

__all__ = ["redis", "server"]

LOCK: Final = "environment:e1"


@pytest.fixture(params=KINDS)
def locks(request: pytest.FixtureRequest, redis: Redis) -> Locks:
    """Run each test with the fake and with Redis."""
    return KINDS[request.param](redis)


def creating(number: int) -> Job:
    """A job of the normal lane; a higher number was accepted later."""
    text = f"key create k{number} --env shop"
    return replace(PLAIN, id=f"n{number}", text=text, accepted_at=AT + timedelta(seconds=number))


def disabling(number: int) -> Job:
    """A job of the reserved lane."""
    return replace(creating(number), id=f"r{number}", text=f"key disable k{number}")


async def refused(locks: Locks, job: Job) -> bool:
    """Whether the job does not get the lock now."""
    try:
        async with locks.hold(LOCK, job):
            return False
    except LockTaken as taken:
        return taken.name == LOCK


async def test_a_job_does_not_wait_for_a_taken_lock(locks: Locks) -> None:
    """It learns that it is not its turn, and how many are ahead"""
    async with locks.hold(LOCK, creating(0)):
        assert await refused(locks, creating(1))
        assert await refused(locks, creating(2))
        assert [1, 2] == [await locks.ahead(LOCK, creating(number)) for number in (1, 2)]
    assert [0, 1] == [await locks.ahead(LOCK, creating(number)) for number in (1, 2)]


async def test_the_oldest_comes_first_whenever_it_asks(locks: Locks) -> None:
    """A later job finds the lock free and leaves it to those in line: each one gets its turn"""
    async with locks.hold(LOCK, creating(0)):
        for number in range(1, 6):
            assert await refused(locks, creating(number))
    for number in range(1, 6):
        for other in range(number + 1, 6):
            assert await refused(locks, creating(other))
        assert not await refused(locks, creating(number))


async def test_the_reserved_lane_waits_for_one_holder(locks: Locks) -> None:
    """It comes before fifty older jobs, and waits here for a moment instead of running again"""
    got = asyncio.Event()

    async def disable() -> None:
        async with locks.hold(LOCK, disabling(99)):
            got.set()

    async with locks.hold(LOCK, creating(0)):
        for number in range(1, 51):
            assert await refused(locks, creating(number))
        waiting = asyncio.create_task(disable())
        async with asyncio.timeout(5):
            while await locks.ahead(LOCK, creating(1)) < 2:  # noqa: ASYNC110  # it is in Redis
                await asyncio.sleep(0)
        assert not got.is_set()
    async with asyncio.timeout(1):
        await waiting
    assert got.is_set()


async def test_what_waits_without_a_job_is_not_kept_out(locks: Locks) -> None:
    """The end of granted access is no job, and comes before the normal lane, too"""
    async with locks.hold(LOCK, creating(0)):
        assert await refused(locks, creating(1))
    async with asyncio.timeout(1), locks.hold(LOCK):
        pass


async def test_a_job_that_ended_keeps_out_no_other(locks: Locks) -> None:
    """It leaves the line"""
    async with locks.hold(LOCK, creating(0)):
        assert await refused(locks, creating(1))
    assert await refused(locks, creating(2))
    await locks.leave(LOCK, creating(1))
    assert not await refused(locks, creating(2))


async def test_a_dead_process_keeps_out_no_other(redis: Redis) -> None:
    """Its jobs ask no longer; when they come back, their age gives them their place again"""
    locks = RedisLocks(Store(redis))
    async with locks.hold(LOCK, creating(0)):
        assert await refused(locks, creating(1))
        assert await refused(locks, creating(2))
    await redis.zincrby("{keysmith}:lock-seen:environment:e1", -GONE_MS - 1, "n1")
    assert 0 == await locks.ahead(LOCK, creating(2))
    assert [0, 1] == [await locks.ahead(LOCK, creating(number)) for number in (1, 2)]


async def test_a_reserved_job_waits_here_for_a_moment_only(redis: Redis) -> None:
    """A holder that takes long costs its lane no worker either"""
    locks = RedisLocks(Store(redis))
    async with locks.hold(LOCK, creating(0)), asyncio.timeout(module.SHORT + 3):
        assert await refused(locks, disabling(1))


async def test_nothing_of_a_line_is_left(redis: Redis) -> None:
    """It ends with its last member, or by itself"""
    locks = RedisLocks(Store(redis))
    async with locks.hold(LOCK, creating(0)):
        assert await refused(locks, creating(1))
        spans = [await redis.pttl(key) for key in await redis.keys("*lock-*")]
        assert all(0 < span <= 2 * GONE_MS for span in spans)
        assert len(spans) == 2
    assert not await refused(locks, creating(1))
    assert [] == await redis.keys("*lock*")


async def test_of_those_who_wait_here_one_asks_redis(redis: Redis) -> None:
    """The others come when it has the lock, in their order, and with the time at which they came"""
    locks, order = RedisLocks(Store(redis)), list[int]()

    async def visit(number: int) -> None:
        async with locks.hold(LOCK):
            order.append(number)

    async with locks.hold(LOCK):
        waiting = [asyncio.create_task(visit(number)) for number in range(9)]
        async with asyncio.timeout(5):
            while not await redis.zcard("{keysmith}:lock-line:environment:e1"):  # noqa: ASYNC110  # it is in Redis
                await asyncio.sleep(0)
        await redis.config_resetstat()
    async with asyncio.timeout(len(waiting) * HELD_HERE / 2):  # the holder tells the next one
        await asyncio.gather(*waiting)
    assert [*range(9)] == order
    asked = (await redis.info("commandstats"))["cmdstat_eval"]["calls"]
    assert asked <= 4 * len(order)  # it asks, waits, asks again, and frees the lock


async def test_a_press_comes_before_later_jobs_though_another_here_asks(redis: Redis) -> None:
    """It stands in line from the moment in which the one before it has the lock"""
    locks, elsewhere = RedisLocks(Store(redis)), RedisLocks(Store(redis))
    first, second = asyncio.Event(), asyncio.Event()

    async def press(mine: asyncio.Event, goes: asyncio.Event) -> None:
        async with locks.hold(LOCK):
            mine.set()
            await goes.wait()

    leave = asyncio.Event()
    async with elsewhere.hold(LOCK):
        one = asyncio.create_task(press(first, leave))
        two = asyncio.create_task(press(second, leave))
    async with asyncio.timeout(5):
        await first.wait()
        while await elsewhere.ahead(LOCK, creating(1)) < 2:  # noqa: ASYNC110  # it is in Redis
            await asyncio.sleep(0)
    leave.set()
    assert await refused(elsewhere, creating(1)) or second.is_set()
    async with asyncio.timeout(5):
        await asyncio.gather(one, two)
    assert not await refused(elsewhere, creating(1))
