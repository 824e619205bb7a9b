"""What a process can't read stays in its queue, for one that can."""

import asyncio
from dataclasses import replace
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis.jobs import JOB as FORM
from bot.adapters.redis.jobs import RedisJobs
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import UNREAD, job
from bot.adapters.redis.queue import MAX_RUNS, REREAD, Item, RedisQueue
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.steps import Step
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.redis.worker import OLD as AGED
from bot.adapters.redis.worker import Worker
from bot.adapters.vault import FieldSealer
from bot.errors import Unread
from tests.contracts.jobs_kept import KEY, jobs_of
from tests.contracts.records_kept import ENTRY, JOB
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_queue import add, ids, reclaimed, worker
from tests.scenarios.system import until

__all__ = ["redis", "server"]

STREAM: Final = "{keysmith}:stream"


async def test_an_item_that_is_handed_over_goes_to_another_worker(redis: Redis) -> None:
    """At its next look; not back to the one that handed it over, and never out of the stream"""
    mine, other = await worker(redis), await worker(redis)
    await add(redis, "a")
    (item,) = await mine.take(1)
    assert await mine.hand_over(item, ran=False)
    assert [item.id] == await mine.handed_over()
    assert [] == await reclaimed(mine)
    (again,) = await reclaimed(other)
    assert ("a", 0, False) == (again.fields["id"], again.begun, again.worn_out)
    assert [] == await mine.handed_over()
    await other.done(again)
    await reclaimed(other)
    assert 0 == await redis.xlen(STREAM)
    left = [str(each["name"]) for each in await redis.xinfo_consumers(STREAM, "workers")]
    assert [] == [each for each in left if each.startswith(UNREAD)]


async def test_handing_over_wears_nothing_out_unless_work_had_begun(redis: Redis) -> None:
    """However many processes can't read it; one that fails in the middle counts as a delivery"""
    await add(redis, "unread", "failing")
    first = await worker(redis)
    items = {item.fields["id"]: item for item in await first.take(2)}
    queue = first
    for _ in range(MAX_RUNS + 1):
        for name, item in items.items():
            begun = await queue.count(item, begins=True)
            await queue.hand_over(begun, ran=name == "failing")
        queue = await worker(redis)
        items = {item.fields["id"]: item for item in await reclaimed(queue)}
    assert {"unread": False, "failing": True} == {
        name: item.worn_out for name, item in items.items()
    }


async def test_an_item_is_looked_at_again_after_a_while(redis: Redis) -> None:
    """Each time later, so that what no process reads costs nothing; the log says so once"""
    queue = await worker(redis)
    await add(redis, "a")
    (item,) = await queue.take(1)
    assert await queue.hand_over(item, ran=False)
    until_, pause = queue._handed[item.id]
    assert pause == REREAD
    queue._handed[item.id] = until_ - pause, pause
    (item,) = await reclaimed(queue)
    assert not await queue.hand_over(item, ran=False)
    assert queue._handed[item.id][1] == 2 * REREAD
    assert ["a"] == ids(await reclaimed(await worker(redis)))


async def test_a_worker_removes_nothing_that_it_can_t_read(redis: Redis) -> None:
    """It goes on with the others, and tells of an item that has waited for long"""
    told, ran = list[str](), list[str]()

    async def run(item: Item) -> None:
        if item.field("id") == "unread":
            raise Unread("a newer version queued it")
        ran.append(item.id)

    async def tell(item: Item, unread: Unread) -> None:
        told.append(f"{item.id} {unread}: {unread.lacks}")

    old = f"{int((await redis.time())[0] - AGED - 60) * 1000}-0"
    await redis.xadd(STREAM, {"id": "unread"}, id=old)
    await redis.xadd(STREAM, {"other": "field"})
    await add(redis, "a", "unread")
    one = Worker(RedisQueue(redis, STREAM), run, 5, tell=tell)
    await one.start()

    async def handed() -> bool:
        return 3 == len(await RedisQueue(redis, STREAM).handed_over())

    await until(handed)
    await one.stop()
    assert [f"{old} a newer version queued it: stream"] == told
    assert (1, 3) == (len(ran), await redis.xlen(STREAM))


def jobs_under(redis: Redis, *, seals: bytes) -> RedisJobs:
    """Jobs whose records are under one key, and their sealed fields under another."""
    store = Store(redis)
    ledger = Ledger(redis, store, Keyring([KEY]))
    return RedisJobs(store, ledger, open_signed(store, ledger), FieldSealer(Keyring([seals])))


async def test_a_job_that_can_t_be_read_is_unread_not_gone(redis: Redis) -> None:
    """A reply sealed under another key, a command or a form of another version"""
    await jobs_under(redis, seals=b"x" * 32).accept(JOB, "d1", ENTRY)
    newer = replace(JOB, id="2", text="key frobnicate ci-bot")
    await jobs_of(redis).accept(newer, "d2", ENTRY)
    signed = open_signed(Store(redis), ledger := Ledger(redis, Store(redis), Keyring([KEY])))
    fields = FORM.write(JOB) | {"finished": "0", "at": "the day before yesterday"}
    await ledger.commit(Step((ENTRY,), (signed.hset(job("3"), fields),)))
    for number in ("1", "2", "3"):
        with pytest.raises(Unread):
            await jobs_of(redis).load(number)
        assert await redis.exists(job(number))


@pytest.mark.parametrize("change", [{"topic": "new"}, {"audience": "new"}, {"request": None}])
def test_a_notification_of_another_version_is_unread(change: dict[str, str | None]) -> None:
    """Its topic or audience is new, or a field is missing; further fields do no harm"""
    fields = {
        "request": "c1r",
        "audience": "card",
        "topic": "asked",
        "to": "",
        "by": "",
        "text": "",
    }
    read_notification(fields | {"later": "more"})
    changed = {name: value for name, value in (fields | change).items() if value is not None}
    with pytest.raises(Unread):
        read_notification(changed)


async def test_two_workers_that_can_t_read_an_item_do_not_toss_it_about(redis: Redis) -> None:
    """Each looks at it once"""
    looks = list[str]()

    async def run(item: Item) -> None:
        looks.append(item.id)
        raise Unread("a newer version queued it")

    await add(redis, "a")
    first, second = await worker(redis), await worker(redis)
    for queue in (first, second):
        taken = await queue.take(1) if queue is first else await reclaimed(queue)
        for item in taken:
            with pytest.raises(Unread):
                await run(item)
            await queue.hand_over(item, ran=False)
    rounds = await asyncio.gather(*(reclaimed(queue) for queue in (first, second) * 3))
    assert (2, []) == (len(looks), [item for items in rounds for item in items])
