from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.names import JOBS, JOBS_RESERVED
from bot.adapters.redis.store import Store
from tests.contracts.jobs_kept import Kept, jobs_of
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_jobs import AT, JOB, KINDS, PLAIN, entry

__all__ = ["redis", "server"]

LATER: Final = AT + timedelta(minutes=1)


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Run each test with the fake and with Redis."""
    return KINDS[request.param](redis)


async def test_what_is_set_aside_is_queued_again_at_its_time_and_once(kept: Kept) -> None:
    """However many processes look, and however often"""
    for job, until in ((JOB, LATER), (PLAIN, LATER + timedelta(hours=1))):
        await kept.jobs.accept(job, job.id, entry("asked"))
        await kept.jobs.set_aside(job, until)
    assert 0 == await kept.jobs.take_up(LATER - timedelta(seconds=1))
    assert 1 == await kept.jobs.take_up(LATER)
    assert 0 == await kept.jobs.take_up(LATER)
    assert [JOB.id, PLAIN.id, JOB.id] == await kept.queue()


async def test_the_last_word_says_how_long(kept: Kept) -> None:
    """Setting aside again moves it"""
    await kept.jobs.accept(JOB, "d1", entry("asked"))
    await kept.jobs.set_aside(JOB, AT)
    await kept.jobs.set_aside(JOB, LATER)
    assert 0 == await kept.jobs.take_up(AT)
    assert JOB == await kept.jobs.load(JOB.id)


async def test_what_is_queued_meanwhile_is_not_set_aside_any_more(kept: Kept) -> None:
    """One place in the queue is enough"""
    await kept.jobs.accept(JOB, "d1", entry("asked"))
    await kept.jobs.set_aside(JOB, AT)
    await kept.jobs.accept(JOB, "d2", entry("asked again"))
    assert 0 == await kept.jobs.take_up(LATER)


async def test_what_stops_a_leak_is_queued_and_set_aside_in_its_own_lane(redis: Redis) -> None:
    """In the step that accepts it, and when it is taken up again"""
    jobs = jobs_of(redis)
    stopping = replace(PLAIN, text="key disable ci-bot")
    assert await jobs.accept(stopping, "d1", entry("asked"))
    await jobs.set_aside(stopping, AT)
    assert 1 == await jobs.take_up(AT)
    queued = await Store(redis).stream(JOBS_RESERVED, "-", "+", 9)
    assert [stopping.id] * 2 == [fields["id"] for _, fields in queued]
    assert 0 == await redis.exists(JOBS)
