import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.locks import LEASE, RedisLocks
from bot.adapters.redis.store import Store
from bot.errors import StoreError
from bot.flows.ports import Locks
from tests.contracts.redis_server import connected, redis, server, unreachable
from tests.fakes.locks import FakeLocks

__all__ = ["redis", "server", "unreachable"]

KINDS: Final[dict[str, Callable[[Redis], Locks]]] = {
    "fake": lambda _: FakeLocks(),
    "redis": lambda redis: RedisLocks(Store(redis)),
}


@pytest.fixture(params=KINDS)
def locks(request: pytest.FixtureRequest, redis: Redis) -> Locks:
    """Run each test with the fake and with Redis."""
    return KINDS[request.param](redis)


class Room:
    """Counts the holders at one time."""

    def __init__(self) -> None:
        self.inside = self.most = self.visits = 0

    async def visit(self, locks: Locks, name: str) -> None:
        """Enter, let others run, leave."""
        async with locks.hold(name):
            self.inside += 1
            self.visits += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(0)
            self.inside -= 1


async def test_one_holds_a_lock_at_a_time(locks: Locks) -> None:
    """And each one gets a turn"""
    room = Room()
    await asyncio.gather(*(room.visit(locks, "environment:e1") for _ in range(20)))
    assert (1, 20) == (room.most, room.visits)


async def test_other_names_are_other_locks(locks: Locks) -> None:
    """A slow environment delays no other"""
    async with locks.hold("environment:e1"), locks.hold("environment:e2"):
        pass


async def test_a_lock_is_free_after_an_error(locks: Locks) -> None:
    """The next one need not wait for a lease to end"""
    with pytest.raises(ZeroDivisionError):
        async with locks.hold("environment:e1"):
            raise ZeroDivisionError
    async with asyncio.timeout(1), locks.hold("environment:e1"):
        pass


async def test_a_lock_is_free_after_its_holder_was_cancelled(locks: Locks) -> None:
    """As happens to what is under way when a process is stopped"""
    held = asyncio.Event()

    async def hold_on() -> None:
        async with locks.hold("environment:e1"):
            held.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold_on())
    await held.wait()
    holder.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holder
    async with asyncio.timeout(1), locks.hold("environment:e1"):
        pass


async def test_a_lock_holds_across_processes(redis: Redis) -> None:
    """Each has its own connection"""
    room = Room()
    socket = redis.connection_pool.connection_kwargs["path"]
    async with connected(socket) as other:
        both = (RedisLocks(Store(redis)), RedisLocks(Store(other)))
        await asyncio.gather(*(room.visit(each, "e1") for each in both for _ in range(10)))
    assert (1, 20) == (room.most, room.visits)


async def test_a_dead_holders_lock_ends_by_itself(redis: Redis) -> None:
    """It is a lease"""
    async with RedisLocks(Store(redis)).hold("e1"):
        (key,) = await redis.keys("*")
        assert 0 < await redis.pttl(key) <= LEASE * 1000


async def test_a_holder_whose_lease_was_lost_frees_nothing(redis: Redis) -> None:
    """Another one holds the lock by then"""
    async with RedisLocks(Store(redis)).hold("e1"):
        (key,) = await redis.keys("*")
        await redis.set(key, "another's")
    assert await redis.get(key) == "another's"


async def test_a_server_that_is_away_is_an_error(unreachable: Redis) -> None:
    """Nothing runs without the lock"""
    with pytest.raises(StoreError):
        async with RedisLocks(Store(unreachable)).hold("e1"):
            pytest.fail("went in")
