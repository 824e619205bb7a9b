"""A worker on real Redis: fair take-up, waiting without a place, a stop that leaves the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.queue import MAX_RUNS, Item, RedisQueue
from bot.adapters.redis.worker import LEAVING, Ready, Worker
from tests.contracts.redis_server import redis, server
from tests.scenarios.system import until

__all__ = ["redis", "server"]

STREAM: Final = "{keysmith}:stream"
EACH: Final = 2
SHORT: Final = 0.1
"""Seconds for what runs, when a worker stops."""
Run = Callable[[Item], Awaitable[Ready | None]]


ASKED_OFTEN: Final = 6
"""Times that a worker asks whether it may begin: two rounds, and one look for what is left."""


class Work:
    """Items that run until told to end; notes their order."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.go = asyncio.Event()

    async def run(self, item: Item) -> None:
        """Run one item."""
        self.began.append(item.fields["id"])
        await self.go.wait()
        self.ended.append(item.fields["id"])

    async def have_begun(self, count: int) -> None:
        """Wait until so many items run."""
        await until(lambda: self._begun(count))

    async def _begun(self, count: int) -> bool:
        return len(self.began) >= count


def worker(redis: Redis, run: Run, may: Callable[[], bool] = lambda: True) -> Worker:
    """Five places, two for each owner."""
    queue = RedisQueue(redis, STREAM)
    return Worker(queue, run, 5, EACH, lambda item: item.fields["by"], drain=SHORT, may=may)


async def add(redis: Redis, owner: str, numbers: Iterable[int]) -> None:
    """Queue items of one owner."""
    for number in numbers:
        await redis.xadd(STREAM, {"id": f"{owner}{number}", "by": owner})


async def held(redis: Redis) -> int:
    """How many items workers hold, running or not."""
    return int((await redis.xpending(STREAM, "workers"))["pending"])


async def test_a_flood_of_one_keeps_out_no_other(redis: Redis) -> None:
    """Tom's only item runs while two of Mia's hundred do; then hers run in order"""
    work = Work()
    await add(redis, "mia", range(100))
    await add(redis, "tom", [0])
    one = worker(redis, work.run)
    await one.start()
    await work.have_begun(3)
    assert {"mia0", "mia1", "tom0"} == set(work.began)
    work.go.set()
    await until(lambda: _empty(redis))
    assert [f"mia{n}" for n in range(100)] == [each for each in work.ended if "mia" in each]
    await one.stop()


async def _empty(redis: Redis) -> bool:
    return not await redis.xlen(STREAM)


async def test_what_waits_for_a_lock_holds_no_place(redis: Redis) -> None:
    """More items than there are places wait for their turn, and another runs meanwhile"""
    turn, ran = asyncio.Event(), list[str]()

    async def seconds() -> float:
        return 0.0 if turn.is_set() else 0.01

    async def run(item: Item) -> Ready | None:
        ran.append(item.fields["id"])
        return None if turn.is_set() or item.fields["by"] == "tom" else seconds

    await add(redis, "mia", range(20))
    one = worker(redis, run)
    await one.start()
    await until(lambda: _is(lambda: len(ran) == 20))
    await add(redis, "tom", [0])
    await until(lambda: _is(lambda: ran[20:] == ["tom0"]))
    assert 20 <= await held(redis)
    turn.set()
    await until(lambda: _empty(redis))
    assert {f"mia{n}" for n in range(20)} == set(ran[21:])
    await one.stop()


async def _is(condition: Callable[[], bool]) -> bool:
    return condition()


async def test_what_did_not_run_is_left_as_it_was(redis: Redis) -> None:
    """However often a process ends: only the two that ran each time wear out"""
    await add(redis, "mia", range(50))
    for _ in range(MAX_RUNS):
        work = Work()
        one = worker(redis, work.run)
        await one.start()
        await work.have_begun(2)
        await until(lambda: _all_held_by_one(redis))
        async with asyncio.timeout(SHORT + LEAVING):
            await one.stop()
        assert ["mia0", "mia1"] == sorted(work.began)
    left = {item.fields["id"]: item.worn_out for item in await _left(redis)}
    assert {f"mia{n}": n < EACH for n in range(50)} == left


async def test_an_item_counts_as_begun_while_it_runs_alone(redis: Redis) -> None:
    """While it waits for a lock, the death of its worker wears nothing out"""
    work, turn = Work(), asyncio.Event()

    async def run(item: Item) -> Ready | None:
        if not turn.is_set():
            return seconds
        await work.run(item)
        return None

    async def seconds() -> float:
        return 0.0 if turn.is_set() else SHORT

    await add(redis, "mia", [0])
    one = worker(redis, run)
    await one.start()
    await until(lambda: _is_counted(redis, [0]))
    turn.set()
    await work.have_begun(1)
    assert await _is_counted(redis, [1])
    work.go.set()
    await until(lambda: _empty(redis))
    await one.stop()


async def _is_counted(redis: Redis, counts: list[int]) -> bool:
    pending = await redis.xpending_range(STREAM, names.WORKERS, "-", "+", 10)
    return counts == [each["times_delivered"] for each in pending]


async def _all_held_by_one(redis: Redis) -> bool:
    """Whether nothing is left under the name of a worker that ended."""
    consumers = await redis.xinfo_consumers(STREAM, names.WORKERS)
    return await redis.xlen(STREAM) in [each["pending"] for each in consumers]


async def _left(redis: Redis) -> list[Item]:
    """Reclaim everything, also what a worker was about to reclaim when it was stopped."""
    for mark in await redis.keys(names.reclaim("*", "*")):
        await redis.delete(mark)
    queue = RedisQueue(redis, STREAM)
    await queue.open()
    return [item async for item in queue.reclaim()]


async def test_what_has_to_wait_as_the_worker_stops_is_left_to_others(redis: Redis) -> None:
    """It found its lock taken in the moment in which the worker stopped"""
    work = Work()

    async def run(item: Item) -> Ready:
        await work.run(item)
        return held_for_long

    async def held_for_long() -> float:
        return LEAVING

    await add(redis, "mia", [0])
    one = worker(redis, run)
    await one.start()
    await work.have_begun(1)
    stopping = asyncio.create_task(one.stop())
    work.go.set()
    await stopping
    assert ["mia0"] == work.ended
    other = Work()
    other.go.set()
    two = worker(redis, other.run)
    await two.start()
    await other.have_begun(1)
    await two.stop()


async def test_a_worker_that_may_not_begin_takes_nothing(redis: Redis) -> None:
    """It asks again and again; once it may, it takes what is there"""
    work, allowed, asked = Work(), asyncio.Event(), list[bool]()

    def may() -> bool:
        asked.append(allowed.is_set())
        return asked[-1]

    async def asked_often() -> bool:
        return len(asked) > ASKED_OFTEN

    await add(redis, "tom", [0])
    one = worker(redis, work.run, may)
    await one.start()
    await until(asked_often)
    assert await held(redis) == 0
    allowed.set()
    await work.have_begun(1)
    work.go.set()
    await one.stop()
