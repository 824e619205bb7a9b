"""One suite over jobs of parts, in memory and in Redis: beside the queues, and each run once."""

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.jobs import KEPT_FOR, PART_KEPT_FOR
from bot.domain.jobs import Job, Reply
from bot.errors import StoreError
from bot.flows.ports import Done
from tests.contracts.jobs_kept import Kept, jobs_of
from tests.contracts.redis_server import connected, redis, server, unreachable
from tests.contracts.test_redis_jobs import AT, CHANGE, JOB, away, entry, kept

__all__ = ["away", "kept", "redis", "server", "unreachable"]

PART = Job("c1p0t0", JOB.actor, "key disable 814", "key:disable", Reply(), AT, part_of="c1")


async def test_a_part_is_kept_and_recorded_but_not_queued(kept: Kept) -> None:
    """Another job runs it; each field is read back, whose part it is too"""
    assert await kept.jobs.keep(PART, entry("asked"))
    assert PART == await kept.jobs.load(PART.id)
    assert ([], ["asked"]) == (await kept.queue(), await kept.details())


async def test_a_part_is_kept_once(kept: Kept) -> None:
    """Keeping it again, at once or after it began, changes and records nothing"""
    tries = [kept.jobs.keep(PART, entry("asked")) for _ in range(8)]
    assert 1 == sum(await asyncio.gather(*tries))
    begun = await kept.jobs.begin(PART, "disabled:814", entry("begun"))
    assert not await kept.jobs.keep(replace(PART, text="key disable 815"), entry("again"))
    assert begun == await kept.jobs.load(PART.id)
    assert await kept.jobs.finish(begun, entry("done"), Done("814", CHANGE, "told"))
    assert not await kept.jobs.keep(PART, entry("again"))
    assert replace(begun, finished=True) == await kept.jobs.load(PART.id)
    assert ["asked", "begun", "done"] == await kept.details()
    assert ([], ["told"], CHANGE) == (
        await kept.queue(),
        await kept.notices(),
        await kept.jobs.last_change("814"),
    )


async def test_each_try_of_a_part_is_a_job_of_its_own(kept: Kept) -> None:
    """And the job of the act beside it: closing one closes no other"""
    again = replace(PART, id="c1p0t1")
    assert await kept.jobs.accept(JOB, "d1", entry("asked"))
    for each in (PART, again):
        assert await kept.jobs.keep(each, entry("asked"))
    assert await kept.jobs.finish(PART, entry("failed"))
    assert [JOB, again] == [await kept.jobs.load(each) for each in (JOB.id, again.id)]
    assert [JOB.id] == await kept.queue()


async def test_a_part_that_is_not_kept_begins_nothing(kept: Kept) -> None:
    """Its record ended, or was never written: what it would do is not recorded"""
    with pytest.raises(StoreError):
        await kept.jobs.begin(PART, "disabled:814", entry("begun"), Done("814", CHANGE))
    assert not await kept.jobs.finish(PART, entry("done"))
    assert (None, []) == (await kept.jobs.last_change("814"), await kept.details())


async def test_a_part_is_not_kept_while_the_store_is_away(away: Kept) -> None:
    """The act stops there, and goes on later"""
    with pytest.raises(StoreError):
        await away.jobs.keep(PART, entry("asked"))


async def test_a_part_ends_by_itself(redis: Redis) -> None:
    """No queue holds it: with its act, or a day after it is finished"""
    record = "{keysmith}:errand:c1p0t0"
    await jobs_of(redis).keep(PART, entry("asked"))
    assert KEPT_FOR < await redis.ttl(record) <= PART_KEPT_FOR
    await jobs_of(redis).begin(PART, "disabled:814", entry("begun"))
    assert KEPT_FOR < await redis.ttl(record) <= PART_KEPT_FOR
    await jobs_of(redis).finish(PART, entry("done"))
    assert 0 < await redis.ttl(record) <= KEPT_FOR


async def test_a_part_that_another_process_kept_goes_on(redis: Redis) -> None:
    """With its intent, and it is closed once"""
    async with connected(redis.connection_pool.connection_kwargs["path"]) as other:
        first, second = jobs_of(redis), jobs_of(other)
        await first.keep(PART, entry("asked"))
        begun = await first.begin(PART, "disabled:814", entry("begun"))
        assert not await second.keep(PART, entry("again"))
        assert begun == await second.load(PART.id)
        assert [True, False] == sorted(
            await asyncio.gather(*(it.finish(begun, entry("done")) for it in (first, second))),
            reverse=True,
        )
