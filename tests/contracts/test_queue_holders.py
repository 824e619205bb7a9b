"""An item has one holder, also where Redis was away for a moment; a failed one goes to another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.redis.store import Store
from bot.adapters.redis.worker import LOOK_FOR_LEFT, Ready, Worker
from bot.errors import StoreError
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_queue import STREAM, add, ids, reclaimed, worker
from tests.fakes.hasty_loop import HastyLoop
from tests.scenarios.system import until

__all__ = ["redis", "server"]

FOREVER: Final = 3600.0


class CutQueue(RedisQueue):
    """Loses its connection when told so; notes what is called, and what fails."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis, STREAM)
        self.calls: list[str] = []
        self.failures: list[str] = []

    def _fail(self, call: str) -> None:
        failed = self.failures[:1] == [call]
        self.calls.append(f"{call} failed" if failed else call)
        if failed:
            del self.failures[0]
            raise StoreError(call)

    async def take(self, count: int) -> list[Item]:
        """Take, unless the connection is lost."""
        self._fail("take")
        return await super().take(count)

    async def open(self, kept: Collection[str] = ()) -> None:
        """Open, unless the connection is lost."""
        self._fail("open")
        await super().open(kept)

    def opened_again(self) -> bool:
        """Whether it takes items again after the failures."""
        return not self.failures and self.calls[-2:] == ["open", "take"]


class TimedQueue(CutQueue):
    """A queue without a Redis, that fails when told so; notes when it was asked for what."""

    def __init__(self) -> None:
        super().__init__(Redis())
        self.at: list[tuple[str, float]] = []

    def _fail(self, call: str) -> None:
        self.at.append((call, asyncio.get_running_loop().time()))
        super()._fail(call)

    async def take(self, count: int) -> list[Item]:
        """Take nothing, for a second."""
        assert count
        self._fail("take")
        await asyncio.sleep(1)
        return []

    async def open(self, kept: Collection[str] = ()) -> None:
        """Open, unless the connection is lost."""
        del kept
        self._fail("open")

    async def reclaim(self) -> AsyncIterator[Item]:
        """Find nothing."""
        self._fail("reclaim")
        for item in list[Item]():
            yield item

    async def beat(self) -> None:
        """Live."""

    async def give_back(self, items: Sequence[Item]) -> None:
        """Have nothing to give back."""
        assert not items

    async def close(self) -> None:
        """End."""


async def holders(redis: Redis) -> list[tuple[str, int]]:
    """Give the holder of each item, and its count."""
    pending = await redis.xpending_range(STREAM, names.WORKERS, "-", "+", 10)
    return [(str(each["consumer"]), int(str(each["times_delivered"]))) for each in pending]


async def signs(redis: Redis) -> set[str]:
    """List the signs of life."""
    return {str(each) for each in await redis.keys(names.alive("*"))}


async def for_long() -> float:
    """Tell that an item has to wait."""
    return FOREVER


async def test_a_worker_that_opens_again_goes_on_holding_what_it_has(redis: Redis) -> None:
    """Else two workers had it once the sign of the former name ends, ten seconds later"""
    waiting = list[str]()

    async def run(item: Item) -> Ready:
        waiting.append(item.id)
        return for_long

    queue = CutQueue(redis)
    one = Worker(queue, run)
    await add(redis, "a", "b")
    await one.start()
    before = await signs(redis)

    async def both_wait() -> bool:
        return [0, 0] == [count for _, count in await holders(redis)]

    await until(both_wait)
    queue.failures = ["take"]

    async def again() -> bool:
        return queue.opened_again()

    await until(again)
    for each in before:
        await redis.delete(each)
    assert [] == await reclaimed(await worker(redis))
    assert 2 == len(waiting)
    await one.stop()
    assert ["a", "b"] == ids(await reclaimed(await worker(redis)))


async def test_what_a_lost_answer_gave_to_the_former_name_is_reclaimed(redis: Redis) -> None:
    """And what another has reclaimed meanwhile stays with that one, with its count"""
    queue, other = await worker(redis), await worker(redis)
    await add(redis, "mine", "lost", "theirs")
    mine, _, theirs = await queue.take(3)
    (sign,) = await signs(redis) - {names.alive(other._name)}
    await redis.delete(sign)
    await redis.xclaim(STREAM, names.WORKERS, other._name, 0, [theirs.id], retrycount=3)
    await queue.open([mine.id, theirs.id])
    assert ["lost"] == ids(await reclaimed(other))
    assert [1, 1, 3] == [count for _, count in await holders(redis)]
    (kept, *others) = [name for name, _ in await holders(redis)]
    assert {other._name} == set(others) != {kept}


async def test_nothing_is_taken_before_the_queue_is_open_again(redis: Redis) -> None:
    """A name without a sign of life is a dead worker's to all others"""

    async def run(item: Item) -> None:
        del item

    queue = CutQueue(redis)
    one = Worker(queue, run)
    await one.start()
    queue.failures = ["take", "open", "open"]

    async def again() -> bool:
        return queue.opened_again()

    await until(again)
    after = queue.calls[queue.calls.index("take failed") :]
    assert ["take failed", "open failed", "open failed", "open", "take"] == after[:5]
    await one.stop()


def opened_last(queue: CutQueue) -> int:
    """Give the place of the last opening among the calls."""
    return max(number for number, call in enumerate(queue.calls) if call == "open")


async def reclaimed_after_an_outage() -> TimedQueue:
    """Let a worker lose its connection for twenty seconds, and work on for some more."""

    async def run(item: Item) -> None:
        raise AssertionError(item)

    queue = TimedQueue()
    one = Worker(queue, run)
    await one.start()
    queue.failures = ["take", *(["open"] * 20)]

    async def looks_again() -> bool:
        return "open" in queue.calls[1:] and "reclaim" in queue.calls[opened_last(queue) :]

    await until(looks_again, 120)
    await one.stop()
    return queue


def test_a_worker_that_opens_again_lets_the_others_open_before_it_reclaims() -> None:
    """Their signs of life ended in the same outage, and they still run what they hold"""
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        queue = runner.run(reclaimed_after_an_outage())
    lost, opened = queue.calls.index("take failed"), opened_last(queue)
    assert "reclaim" not in queue.calls[lost:opened]
    looked = queue.calls.index("reclaim", opened)
    assert queue.at[looked][1] - queue.at[opened][1] >= LOOK_FOR_LEFT


@pytest.mark.parametrize("act", ["give_back", "hand_over", "count"])
async def test_a_worker_changes_only_what_it_holds(act: str, redis: Redis) -> None:
    """What another has reclaimed from it stays with that one, as often begun as it says"""
    slow, other = await worker(redis), await worker(redis)
    await add(redis, "a")
    (mine,) = await slow.take(1)
    await slow.close()
    (item,) = await reclaimed(other)
    await other.count(item, begins=True)
    held = await holders(redis)
    match act:
        case "give_back":
            await slow.give_back([mine])
        case "hand_over":
            await slow.hand_over(mine, ran=True)
        case _:
            await slow.count(mine, begins=False)
    assert held == await holders(redis)


async def test_an_item_that_fails_by_a_bug_is_not_kept_from_others(redis: Redis) -> None:
    """Not for as long as its worker lives; it wears out"""

    async def run(item: Item) -> None:
        raise RuntimeError(item.id)

    await add(redis, "a")
    one = Worker(RedisQueue(redis, STREAM), run)
    await one.start()
    other = await worker(redis)

    async def handed() -> bool:
        return bool(await other.handed_over())

    await until(handed)
    (item,) = await reclaimed(other)
    assert ("a", 1) == (item.fields["id"], item.begun)
    await one.stop()


class Between(Store):
    """Does something once, between a call with a script and its answer."""

    def __init__(self, redis: Redis, then: Callable[[], Awaitable[object]]) -> None:
        super().__init__(redis)
        self._then: Callable[[], Awaitable[object]] | None = then

    async def call(self, *command: str) -> object:
        """Call, then do it."""
        answer = await super().call(*command)
        then = self._then if command[0] == "EVAL" else None
        if then:
            self._then = None
            await then()
        return answer


@pytest.mark.parametrize("act", ["hand_over", "count"])
async def test_an_item_that_goes_along_to_a_new_name_can_still_be_moved(
    act: str, redis: Redis
) -> None:
    """Else a living worker held what it does not run, until it ends"""
    queue, moving = await worker(redis), list[asyncio.Task[object]]()
    await add(redis, "a")
    (mine,) = await queue.take(1)

    async def move() -> None:
        by = (
            queue.hand_over(mine, ran=True)
            if act == "hand_over"
            else queue.count(mine, begins=False)
        )
        moving.append(asyncio.create_task(by))
        await asyncio.wait(moving, timeout=0.1)

    queue._store = Between(redis, move)
    await queue.open([mine.id])
    await asyncio.gather(*moving)
    ((holder, count),) = await holders(redis)
    assert (act == "count") == (holder == queue._name)
    assert count == (0 if act == "count" else 1)


async def test_what_is_reclaimed_while_a_queue_opens_again_is_left(redis: Redis) -> None:
    """Its former name holds it, whose sign ends: another would reclaim it while it runs"""
    queue, dead = await worker(redis), await worker(redis)
    await add(redis, "a")
    await dead.take(1)
    await dead.close()
    former = queue._name
    queue._store = Between(redis, queue.open)
    assert [] == await reclaimed(queue)
    await redis.delete(names.alive(former))
    assert ["a"] == ids(await reclaimed(queue))
    ((holder, _),) = await holders(redis)
    assert holder == queue._name
