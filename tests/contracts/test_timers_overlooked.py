"""Timers that are gone from their index, in Redis: put back by the signed records, and told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.adapters.redis import names, overlooked
from bot.adapters.redis.overlooked import QUIET, ROUND, SLICE, Overlooked
from bot.adapters.redis.steps import hset
from bot.domain.access_reviews import LASTS, REMINDERS, Review, ReviewedKey
from bot.domain.audit import Entry
from bot.domain.brownouts import Brownout
from bot.domain.incidents import Incident
from bot.domain.links import SealedBundle
from bot.domain.report_schedules import ReportSchedule
from bot.domain.requests.machine import State
from bot.domain.rotation_schedules import LOOK_AGAIN, RotationSchedule, Standstill
from bot.domain.secret import Secret
from tests.contracts.records_kept import AT, BOB, ENTRY, REQUEST, SPAN, WAITING, Storage
from tests.contracts.redis_server import redis, server
from tests.fakes.clock import FakeClock

__all__ = ["redis", "server"]

CENTURY: Final = 9_999_999_999.0
ENDED: Final = replace(
    REQUEST, id="ended", state=State.DONE, brownout=Brownout(enable_at=AT + SPAN), version=2
)
"""A brown-out: the key is disabled, and the clock is to enable it."""


async def _request(it: Storage) -> str:
    await it.stores.requests.open(REQUEST, ENTRY, ())
    return REQUEST.id


async def _brownout(it: Storage) -> str:
    before = replace(ENDED, state=State.EXECUTING, version=1)
    await it.stores.requests.open(before, ENTRY, ())
    assert await it.stores.requests.replace(before, ENDED, ENTRY)
    return ENDED.id


async def _incident(it: Storage) -> str:
    new = Incident("814", AT, AT, marks=("m",), version=1)
    assert await it.stores.incidents.write(None, new, ENTRY)
    return new.api_key


async def _report(it: Storage) -> str:
    schedule = ReportSchedule("C1", BOB, AT, AT, "1")
    assert await it.stores.schedules.replace("C1", None, schedule, ENTRY)
    return schedule.channel


async def _opening(it: Storage) -> str:
    await it.stores.links.add_pending(WAITING, ENTRY)
    bundle = SealedBundle("l1", "ciphertext", "proof", Secret("key"))
    assert await it.stores.links.put(bundle, WAITING, AT, ENTRY)
    link = await it.stores.links.find("l1")
    assert link
    assert await it.stores.links.start(link, AT, ENTRY)
    return link.id


async def _review(it: Storage) -> str:
    key = ReviewedKey("814", "ci-bot", "e1", "Shop", "shop", owner=BOB, asked=BOB)
    review = Review("c1", BOB, "Bob", AT - LASTS, ("e1",), (key,), reminded=len(REMINDERS))
    assert await it.stores.reviews.add(review, ENTRY, [])
    return review.id


async def _schedule(it: Storage) -> str:
    every = timedelta(days=90)
    schedule = RotationSchedule("814", "e1", every, BOB, AT, AT + every, "j1")
    assert await it.stores.rotation_schedules.replace("814", None, schedule, ENTRY)
    return schedule.api_key


async def _at_a_standstill(it: Storage) -> str:
    every, stands = timedelta(days=90), Standstill.LEFT
    schedule = RotationSchedule("814", "e1", every, BOB, AT, AT + every, "j1", stands=stands)
    assert await it.stores.rotation_schedules.replace("814", None, schedule, ENTRY)
    return schedule.api_key


INDEXES: Final[dict[str, tuple[str, Callable[[Storage], Awaitable[str]]]]] = {
    "request": (names.REQUESTS_DUE, _request),
    "brown-out": (names.REQUESTS_DUE, _brownout),
    "incident": (names.INCIDENTS_DUE, _incident),
    "weekly report": (names.REPORTS_DUE, _report),
    "opening of a link": (names.LINKS_OPENING, _opening),
    "access review": (names.REVIEWS, _review),
    "schedule of rotation": (names.ROTATIONS_DUE, _schedule),
}


async def kept(redis: Redis) -> tuple[Storage, Overlooked, FakeClock]:
    """Stores, and a process that looks."""
    storage, clock = Storage(redis), FakeClock(AT)
    return storage, Overlooked(storage.stores, clock, SPAN), clock


async def restored(storage: Storage) -> list[Entry]:
    """List the entries about timers that were put back."""
    log = [Entry.read(each.body) async for each in storage.stores.ledger.records()]
    return [each for each in log if each.action == names.TIMER_RESTORED]


def test_each_index_of_what_is_due_is_compared() -> None:
    """A brown-out and a rotation are requests"""
    assert {it.key for it in overlooked.indexes(SPAN)} == {index for index, _ in INDEXES.values()}


@pytest.mark.parametrize("kind", INDEXES)
async def test_a_timer_that_is_gone_is_put_back_where_it_was(redis: Redis, kind: str) -> None:
    """It is told once, on the record, and another process finds nothing left to do"""
    index, add = INDEXES[kind]
    storage, process, clock = await kept(redis)
    member = await add(storage)
    before = await redis.zscore(index, member)
    assert before
    await process.look()
    assert not await restored(storage)
    await redis.zrem(index, member)
    clock.at += ROUND
    await process.look()
    assert await redis.zscore(index, member) == before
    await Overlooked(storage.stores, clock, SPAN).look()
    (entry,), (told,) = await restored(storage), await storage.told()
    assert entry.target["record"].endswith(f":{member}")
    assert "A timer was removed" in told
    assert member in told


@pytest.mark.parametrize("kind", INDEXES)
async def test_a_timer_that_was_moved_far_away_is_put_back_too(redis: Redis, kind: str) -> None:
    """What Keysmith itself postpones, by some minutes, stays where it is"""
    index, add = INDEXES[kind]
    storage, process, clock = await kept(redis)
    member = await add(storage)
    before = await redis.zscore(index, member)
    assert before
    latest = {it.key: it.latest for it in overlooked.indexes(SPAN)}[index]
    later = max(before, clock.now().timestamp()) + latest.total_seconds()
    await redis.zadd(index, {member: later})
    await process.look()
    assert await redis.zscore(index, member) == later
    await redis.zadd(index, {member: CENTURY})
    clock.at += ROUND
    await process.look()
    assert await redis.zscore(index, member) == before
    assert ["set to a later time"] == [each.detail for each in await restored(storage)]


async def test_a_schedule_that_only_waits_is_looked_at_each_day(redis: Redis) -> None:
    """That is no later time than it has; but where it is removed, it is put back"""
    storage, process, clock = await kept(redis)
    member = await _at_a_standstill(storage)
    clock.at += timedelta(days=100)
    await storage.stores.rotation_schedules.postpone(member, clock.at + LOOK_AGAIN)
    await process.look()
    assert not await restored(storage)
    await redis.zrem(names.ROTATIONS_DUE, member)
    clock.at += ROUND
    await process.look()
    assert ["removed"] == [each.detail for each in await restored(storage)]
    assert [member] == [
        each.api_key for each in await storage.stores.rotation_schedules.due(clock.at, 9)
    ]


async def test_a_record_that_changed_after_it_was_read_is_left(redis: Redis) -> None:
    """It came to its end meanwhile, so its timer is gone rightly"""
    storage, process, clock = await kept(redis)
    await _request(storage)
    timers = await process._timers([names.request(REQUEST.id)])
    over = replace(REQUEST, state=State.DENIED, version=REQUEST.version + 1)
    assert await storage.stores.requests.replace(REQUEST, over, ENTRY)
    (gone,) = await process._gone(timers, clock.now())
    await process._put_back(gone, clock.now())
    assert not await redis.zscore(names.REQUESTS_DUE, REQUEST.id)
    assert not await restored(storage)


async def test_what_has_no_time_any_more_is_not_put_back(redis: Redis) -> None:
    """Most requests are over"""
    storage, process, _ = await kept(redis)
    await _request(storage)
    over = replace(REQUEST, state=State.DENIED, version=REQUEST.version + 1)
    assert await storage.stores.requests.replace(REQUEST, over, ENTRY)
    await process.look()
    assert not await restored(storage)


async def test_an_emptied_index_is_one_notice_and_each_timer_is_on_the_record(
    redis: Redis,
) -> None:
    """A later one is told again"""
    storage, process, clock = await kept(redis)
    for number in range(3):
        by = replace(REQUEST.terms, requester=replace(BOB, user_id=f"U{number}"))
        await storage.stores.requests.open(replace(REQUEST, id=f"r{number}", terms=by), ENTRY, ())
    await redis.delete(names.REQUESTS_DUE)
    await process.look()
    assert len(await restored(storage)) == 3
    assert len(await storage.told()) == 1
    clock.at += QUIET
    await redis.delete(names.REQUESTS_DUE)
    await process.look()
    assert len(await storage.told()) == 2


async def test_a_record_that_was_removed_or_altered_is_reported_once(redis: Redis) -> None:
    """Its timer can't be put back, so it must not be silent"""
    storage, process, clock = await kept(redis)
    await _request(storage)
    await _incident(storage)
    await redis.delete(names.request(REQUEST.id))
    await redis.hset(names.incident("814"), "doc", "{}")
    with capture_logs() as logs:
        for _ in range(3):
            await process.look()
            clock.at += ROUND
    altered, removed = sorted(await storage.told())
    assert " incident of a leaked key is not believed: Keysmith did not write it" in altered
    assert " request is not believed: it was removed" in removed
    assert len([each for each in logs if each["event"] == "record_refused"]) == 2


async def test_a_record_that_ended_as_it_should_is_not_reported(redis: Redis) -> None:
    """An incident expires, and a weekly report is ended"""
    storage, process, clock = await kept(redis)
    await _incident(storage)
    await _report(storage)
    schedule = await storage.stores.schedules.find("C1")
    await process.look()
    await redis.delete(names.incident("814"), names.INCIDENTS_DUE)
    assert await storage.stores.schedules.replace("C1", schedule, None, ENTRY)
    with capture_logs() as logs:
        clock.at += ROUND
        await process.look()
    assert not logs


async def test_an_older_record_brings_no_timer_back(redis: Redis) -> None:
    """It is Keysmith's own, and not the newest one"""
    storage, process, _ = await kept(redis)
    await _request(storage)
    older = await storage.stores.store.fields(names.request(REQUEST.id))
    over = replace(REQUEST, state=State.DENIED, version=REQUEST.version + 1)
    assert await storage.stores.requests.replace(REQUEST, over, ENTRY)
    await storage.stores.store.call(*hset(names.request(REQUEST.id), older))
    await process.look()
    assert not await restored(storage)
    assert len(await storage.told()) == 1


async def test_a_record_of_another_version_keeps_no_other_one(redis: Redis) -> None:
    """It is believed, and can't be read"""
    storage, process, _ = await kept(redis)
    strange = storage.stores.signed.hset(names.request("strange"), {"doc": "{}"})
    assert await storage.stores.ledger.write(ENTRY, (strange,))
    await _request(storage)
    await redis.delete(names.REQUESTS_DUE)
    await process.look()
    assert len(await restored(storage)) == 1


async def test_of_two_processes_that_find_the_same_one_puts_it_back(redis: Redis) -> None:
    """The other one looks again before it writes"""
    storage, process, clock = await kept(redis)
    await _request(storage)
    await redis.delete(names.REQUESTS_DUE)
    (gone,) = await process._timers([names.request(REQUEST.id)])
    await process._put_back(gone, clock.now())
    await Overlooked(storage.stores, clock, SPAN)._put_back(gone, clock.now())
    assert len(await restored(storage)) == 1


async def test_a_round_takes_slices_and_begins_again(redis: Redis) -> None:
    """One look costs the same however many records there are"""
    storage, process, clock = await kept(redis)
    many = SLICE + 1
    for number in range(many):
        incident = Incident(f"8{number}", AT, AT, marks=("m",), version=1)
        assert await storage.stores.incidents.write(None, incident, ENTRY)
    await redis.delete(names.INCIDENTS_DUE)
    await process.look()
    assert await redis.zcard(names.INCIDENTS_DUE) == SLICE
    await process.look()
    assert await redis.zcard(names.INCIDENTS_DUE) == many
    await redis.delete(names.INCIDENTS_DUE)
    await process.look()  # the round is over, and the next one waits
    assert not await redis.exists(names.INCIDENTS_DUE)
    clock.at += ROUND
    await process.look()
    assert await redis.zcard(names.INCIDENTS_DUE) == SLICE
