import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.locks import GONE_MS, LEASE, RedisLocks
from bot.adapters.redis.store import Store
from bot.errors import StoreError
from bot.flows.ports import Locks
from tests.contracts.redis_server import connected, hanging, redis, server, unreachable
from tests.fakes.locks import FakeLocks
from tests.scenarios.system import until

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


async def test_those_who_wait_here_do_not_wait_for_one_time_out_each() -> None:
    """A server that hangs is an error for all of them at once, and for those who come later too"""
    timeout, many = 0.3, 20

    async def waits(locks: Locks) -> None:
        async with locks.hold("e1"):
            pytest.fail("went in")

    async with hanging(timeout) as gone:
        locks, began = RedisLocks(Store(gone)), asyncio.get_running_loop().time()
        waiting = [asyncio.create_task(waits(locks)) for _ in range(many)]
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert asyncio.get_running_loop().time() - began < 2 * timeout
        assert [StoreError] * many == [type(error) for error in ended]
        began = asyncio.get_running_loop().time()
        with pytest.raises(StoreError):
            await waits(locks)
        assert asyncio.get_running_loop().time() - began >= timeout


@pytest.mark.parametrize("left", [0, 1])
async def test_a_waiter_who_was_cancelled_keeps_up_no_other(redis: Redis, left: int) -> None:
    """Neither here nor in another process; one who asks for all, or one behind it"""
    got = list[str]()

    async def wait(locks: Locks, who: str) -> None:
        async with locks.hold("e1"):
            got.append(who)

    socket = redis.connection_pool.connection_kwargs["path"]
    async with connected(socket) as other:
        here, there = RedisLocks(Store(redis)), RedisLocks(Store(other))
        async with asyncio.timeout(GONE_MS / 2000):
            async with here.hold("e1"):
                waiting = [asyncio.create_task(wait(here, who)) for who in ("a", "b")]
                await until_in_line(redis, 1)
                waiting.append(asyncio.create_task(wait(there, "c")))
                await until_in_line(redis, 2)
                waiting[left].cancel()
                await asyncio.gather(waiting[left], return_exceptions=True)
            await asyncio.gather(*waiting, return_exceptions=True)
    assert got == [["b", "c"], ["a", "c"]][left]
    assert await redis.keys("*") == []


async def test_a_waiter_who_is_cancelled_as_its_turn_comes_frees_the_lock(redis: Redis) -> None:
    """Redis has given it, and the answer is on its way"""

    class Late(Store):
        gave = asyncio.Event()

        async def call(self, *parts: str) -> object:
            answer = await super().call(*parts)
            if not self.gave.is_set():
                self.gave.set()
                await asyncio.Event().wait()
            return answer

    async def wait(store: Store) -> None:
        async with RedisLocks(store).hold("e1"):
            pytest.fail("went in")

    store = Late(redis)
    waiting = asyncio.create_task(wait(store))
    await store.gave.wait()
    assert await redis.exists(names.lock("e1"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await redis.keys("*") == []


async def until_in_line(redis: Redis, count: int) -> None:
    """Wait until so many stand in line in Redis."""

    async def there() -> bool:
        return bool(await redis.zcard(names.lock_line("e1")) == count)

    await until(there)


async def test_a_process_keeps_nothing_of_a_lock_that_nothing_in_it_uses(redis: Redis) -> None:
    """Each product environment has one"""
    locks = RedisLocks(Store(redis))
    for number in range(3):
        async with locks.hold(f"environment:e{number}"):
            assert len(vars(locks)["_here"]) == 1
    assert not vars(locks)["_here"]
