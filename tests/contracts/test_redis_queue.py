import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.queue import ALIVE_FOR_MS, MAX_RUNS, Item, RedisQueue
from bot.errors import StoreError
from tests.contracts.redis_server import redis, server, unreachable

__all__ = ["redis", "server", "unreachable"]

STREAM: Final = "{keysmith}:stream"


async def worker(redis: Redis) -> RedisQueue:
    """A worker that has started."""
    queue = RedisQueue(redis, STREAM)
    await queue.open()
    return queue


async def add(redis: Redis, *names: str) -> None:
    """Put items into the queue."""
    for name in names:
        await redis.xadd(STREAM, {"id": name})


async def reclaimed(queue: RedisQueue) -> list[Item]:
    """Reclaim as this worker."""
    return [item async for item in queue.reclaim()]


async def holders(redis: Redis) -> list[int]:
    """Give how many items each worker that holds any has."""
    consumers = await redis.xinfo_consumers(STREAM, "workers")
    return [int(each["pending"]) for each in consumers if each["pending"]]


def ids(items: list[Item]) -> list[str]:
    """The contents of the items."""
    return [item.fields["id"] for item in items]


async def test_items_come_in_order_and_no_more_than_asked_for(redis: Redis) -> None:
    """Items from before the first worker come too"""
    await add(redis, "a", "b", "c")
    queue = await worker(redis)
    assert ["a", "b"] == ids(await queue.take(2))
    assert ["c"] == ids(await queue.take(2))


async def test_each_item_goes_to_one_worker(redis: Redis) -> None:
    """However many read at once"""
    queues = [await worker(redis) for _ in range(4)]
    names = [str(number) for number in range(100)]
    await add(redis, *names)
    taken = await asyncio.gather(*(queue.take(5) for queue in queues for _ in range(5)))
    assert sorted(names) == sorted(name for items in taken for name in ids(items))


async def test_an_item_that_is_done_leaves_nothing(redis: Redis) -> None:
    """Neither in the stream nor pending for a worker"""
    queue = await worker(redis)
    await add(redis, "a")
    (item,) = await queue.take(1)
    await queue.done(item)
    await queue.close()
    assert 0 == await redis.xlen(STREAM)
    assert [] == await reclaimed(await worker(redis))


async def test_a_dead_workers_items_are_reclaimed(redis: Redis) -> None:
    """Those that were not done, once"""
    dead, reclaimer = await worker(redis), await worker(redis)
    await add(redis, "a", "b", "c")
    taken = await dead.take(3)
    await dead.done(taken[0])
    await dead.close()
    left = await reclaimed(reclaimer)
    assert (["b", "c"], {False}) == (ids(left), {item.worn_out for item in left})
    assert [] == await reclaimed(reclaimer)


async def test_a_living_workers_items_are_its_own(redis: Redis) -> None:
    """However long it takes, as long as it gives signs of life"""
    living, other = await worker(redis), await worker(redis)
    await add(redis, "a")
    await living.take(1)
    assert [] == await reclaimed(other)


async def test_a_sign_of_life_ends_by_itself(redis: Redis) -> None:
    """A killed worker does not close"""
    await worker(redis)
    (key,) = await redis.keys("*alive*")
    assert 0 < await redis.pttl(key) <= ALIVE_FOR_MS


async def test_a_worker_that_begins_again_reclaims_from_itself(redis: Redis) -> None:
    """A lost answer may have given it items"""
    queue = await worker(redis)
    await add(redis, "a")
    await queue.take(1)
    await redis.delete(*await redis.keys("*alive*"))
    await queue.open()
    assert ["a"] == ids(await reclaimed(queue))


async def test_of_two_reclaimers_one_reclaims(redis: Redis) -> None:
    """An item goes to one worker, also after a death"""
    dead, *reclaimers = [await worker(redis) for _ in range(3)]
    await add(redis, *(str(number) for number in range(20)))
    await dead.take(20)
    await dead.close()
    left = await asyncio.gather(*(reclaimed(reclaimer) for reclaimer in reclaimers))
    assert 20 == sum(map(len, left))


async def test_an_item_that_kills_its_workers_is_worn_out(redis: Redis) -> None:
    """It is reclaimed a few times, and then marked"""
    await add(redis, "a")
    first = await worker(redis)
    await first.take(1)
    await first.close()
    warnings = []
    for _ in range(MAX_RUNS):
        reclaimer = await worker(redis)
        (item,) = await reclaimed(reclaimer)
        warnings.append(item.worn_out)
        await reclaimer.count(item, begins=True)
        await reclaimer.close()
    assert [False] * (MAX_RUNS - 1) + [True] == warnings


async def test_waiting_wears_no_item_out(redis: Redis) -> None:
    """However many workers die while it waits for a place or for a lock"""
    await add(redis, "place", "lock")
    first = await worker(redis)
    await first.take(2)
    await first.close()
    for _ in range(2 * MAX_RUNS):
        reclaimer = await worker(redis)
        place, lock = await reclaimed(reclaimer)
        assert (False, False) == (place.worn_out, lock.worn_out)
        lock = await reclaimer.count(lock, begins=True)
        lock = await reclaimer.count(lock, begins=False)
        assert not lock.counted
        await reclaimer.close()


async def test_counting_leaves_an_item_with_its_holder(redis: Redis) -> None:
    """A worker that was taken for dead takes nothing back; a removed item stays removed"""
    await add(redis, "a")
    slow, other = await worker(redis), await worker(redis)
    (mine,) = await slow.take(1)
    await slow.close()
    (item,) = await reclaimed(other)
    await slow.count(mine, begins=False)
    await slow.open()
    assert [] == await reclaimed(slow)
    await other.done(item)
    await other.count(item, begins=True)
    assert [] == await holders(redis)


async def test_a_worker_that_left_nothing_is_forgotten(redis: Redis) -> None:
    """Names of the dead do not pile up"""
    dead, reclaimer = await worker(redis), await worker(redis)
    await add(redis, "a", "b")
    await dead.done((await dead.take(1))[0])
    await reclaimer.take(1)
    await dead.close()
    await reclaimed(reclaimer)
    assert 1 == len(await redis.xinfo_consumers(STREAM, "workers"))


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda queue: queue.open(), id="open"),
        pytest.param(lambda queue: queue.beat(), id="beat"),
        pytest.param(lambda queue: queue.take(1), id="take"),
        pytest.param(reclaimed, id="inherit"),
        pytest.param(lambda queue: queue.done(Item("0-1", {})), id="done"),
    ],
)
async def test_a_server_that_is_away_is_an_error(use: object, unreachable: Redis) -> None:
    """An error that a worker waits out"""
    assert callable(use)
    with pytest.raises(StoreError):
        await use(RedisQueue(unreachable, STREAM))


async def test_closing_asks_nothing_of_a_server_that_is_away(unreachable: Redis) -> None:
    """A stopping process has no use for an error"""
    await RedisQueue(unreachable, STREAM).close()


class Interrupted(Redis):
    """Reads what a dead worker holds, and then something happens before the next command."""

    then: Callable[[], Awaitable[object]]

    async def xpending_range(self, *args: Any, **options: Any) -> Any:
        """Read, and let it happen."""
        found = await super().xpending_range(*args, **options)
        await self.then()
        return found


async def test_a_worker_that_wakes_while_it_is_forgotten_loses_no_item(redis: Redis) -> None:
    """It takes an item between the look at what it holds and its end"""
    sleeper = await worker(redis)
    await add(redis, "before")
    (before,) = await sleeper.take(1)
    await sleeper.done(before)
    await sleeper.close()
    other = Interrupted(connection_pool=redis.connection_pool)
    other.then = lambda: sleeper.take(1)
    await add(redis, "a")
    assert [] == await reclaimed(await worker(other))
    assert ["a"] == ids(await reclaimed(await worker(redis)))


async def test_what_another_worker_reclaimed_meanwhile_is_left_to_it(redis: Redis) -> None:
    """Also where the mark of the first reclaimer has expired"""
    dead, first = await worker(redis), await worker(redis)
    await add(redis, "a")
    await dead.take(1)
    await dead.close()

    async def reclaims() -> None:
        assert ["a"] == ids(await reclaimed(first))
        for mark in await redis.keys(names.reclaim("*", "*")):
            await redis.delete(mark)

    second = Interrupted(connection_pool=redis.connection_pool)
    second.then = reclaims
    assert [] == await reclaimed(await worker(second))
