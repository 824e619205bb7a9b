import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.jobs import KEPT_FOR, SEEN_FOR
from bot.adapters.redis.names import JOBS
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, Entry
from bot.domain.jobs import Job, Reply
from bot.domain.keys import DISABLING, LastChange
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.ports import Done
from tests.contracts.jobs_kept import KEY, NEWER, Kept, fake, in_redis, jobs_of
from tests.contracts.redis_server import connected, redis, server, unreachable

__all__ = ["redis", "server", "unreachable"]

AT: Final = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
REPLY: Final = Reply("https://hooks.slack.example/T1/secret", "V1", "123.456.secret", replace=True)
JOB: Final = Job("c1", Actor("T1", "U1", "E1"), 'key show "a\n\u6771"', "key:show", REPLY, AT, 3)
PLAIN: Final = replace(JOB, id="c2", actor=Actor("T1", "U2"), reply=Reply(), page=0)
CHANGE: Final = LastChange("disabled", "Ann <b>", AT, "c1")

KINDS: Final[dict[str, Callable[[Redis], Kept]]] = {"fake": fake, "redis": in_redis}


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Run each test with the fake and with Redis."""
    return KINDS[request.param](redis)


def entry(detail: str) -> Entry:
    """An audit entry, distinguished by its detail."""
    return Entry(AT, AuditEvent.ASKED, "key:show", JOB.actor, "c1", detail=detail)


@pytest.mark.parametrize("job", [JOB, PLAIN])
async def test_a_job_is_read_back_as_it_was_accepted(job: Job, kept: Kept) -> None:
    """In every field, and it is in the queue and in the audit log"""
    assert await kept.jobs.accept(job, "d1", entry("asked"))
    assert job == await kept.jobs.load(job.id)
    assert [job.id] == await kept.queue()
    assert ["asked"] == await kept.details()


async def test_a_delivery_is_taken_once(kept: Kept) -> None:
    """Accepted or answered at once; a repeated delivery leaves no trace"""
    assert await kept.jobs.accept(JOB, "d1", entry("asked"))
    assert not await kept.jobs.accept(PLAIN, "d1", entry("again"))
    assert not await kept.jobs.note("d1", entry("again"))
    assert await kept.jobs.note("d2", entry("answered"))
    assert not await kept.jobs.accept(PLAIN, "d2", entry("again"))
    assert await kept.jobs.load(PLAIN.id) is None
    assert ([JOB.id], ["asked", "answered"]) == (await kept.queue(), await kept.details())


async def test_of_deliveries_at_once_one_is_taken(kept: Kept) -> None:
    """The others return that it was seen before"""
    jobs = [replace(JOB, id=f"c{number}") for number in range(20)]
    tries = [kept.jobs.accept(job, "d1", entry("asked")) for job in jobs]
    assert 1 == sum(await asyncio.gather(*tries))
    assert 1 == len(await kept.queue()) == len(await kept.details())


async def test_what_is_about_to_change_is_written_down(kept: Kept) -> None:
    """Doing so again changes nothing; another effect takes its place"""
    await kept.jobs.accept(JOB, "d1", entry("asked"))
    begun = await kept.jobs.begin(JOB, "disabled:814", entry("begun"))
    assert replace(JOB, effect="disabled:814", begun_at=entry("begun").at) == begun
    assert begun == await kept.jobs.load(JOB.id)
    assert begun == await kept.jobs.begin(begun, "disabled:814", entry("again"))
    other = await kept.jobs.begin(begun, "disabled:815", entry("other"))
    assert other == await kept.jobs.load(JOB.id)
    assert ["asked", "begun", "other"] == await kept.details()


@pytest.mark.parametrize("effect", ["", "disabled:814"])
async def test_a_job_that_was_closed_meanwhile_begins_nothing(effect: str, kept: Kept) -> None:
    """By a recovery, or by the process that took it over from one that stood still"""
    await kept.jobs.accept(JOB, "d1", entry("asked"))
    job = await kept.jobs.begin(JOB, effect, entry("begun")) if effect else JOB
    assert await kept.jobs.finish(job, entry("closed"))
    with pytest.raises(StoreError, match="closed"):
        await kept.jobs.begin(job, "disabled:814", entry("late"), Done("814", CHANGE))
    assert "late" not in await kept.details()
    assert await kept.jobs.last_change("814") is None


async def test_a_disabling_is_known_from_its_intent(kept: Kept) -> None:
    """In the same step, and without a notice; its end takes its place"""
    await kept.jobs.accept(JOB, "d1", entry("asked"))
    begun = replace(CHANGE, change=DISABLING)
    job = await kept.jobs.begin(JOB, "disabled:814", entry("begun"), Done("814", begun))
    assert begun == await kept.jobs.last_change("814")
    assert [] == await kept.notices()
    assert await kept.jobs.finish(job, entry("done"), Done("814", CHANGE))
    assert CHANGE == await kept.jobs.last_change("814")


async def test_a_job_is_closed_once(kept: Kept) -> None:
    """With what it did; closing it again changes nothing"""
    await kept.jobs.accept(JOB, "d1", entry("asked"))
    done = Done("814", CHANGE, "Ann disabled it")
    assert await kept.jobs.finish(JOB, entry("done"), done)
    assert not await kept.jobs.finish(JOB, entry("answered"))
    other = Done("814", replace(CHANGE, by="Bob"), "Bob disabled it")
    assert not await kept.jobs.finish(JOB, entry("late"), other)
    assert replace(JOB, finished=True) == await kept.jobs.load(JOB.id)
    assert ["asked", "done"] == await kept.details()
    assert CHANGE == await kept.jobs.last_change("814")
    assert ["Ann disabled it"] == await kept.notices()


async def test_a_finished_job_keeps_no_passphrase(kept: Kept) -> None:
    """What it led to has it"""
    job = replace(JOB, passphrase="salt:sealed")
    await kept.jobs.accept(job, "d1", entry("asked"))
    assert job == await kept.jobs.load(job.id)
    assert await kept.jobs.finish(job, entry("done"))
    assert replace(JOB, finished=True) == await kept.jobs.load(JOB.id)


async def test_a_change_may_be_nobodys_business(kept: Kept) -> None:
    """Without a notice, the security channel gets nothing"""
    await kept.jobs.accept(JOB, "d1", entry("asked"))
    await kept.jobs.finish(JOB, entry("done"), Done("814", CHANGE))
    assert [] == await kept.notices()
    assert CHANGE == await kept.jobs.last_change("814")


async def test_what_is_not_kept_is_not_there(kept: Kept) -> None:
    """No job, no change, and nothing to close"""
    assert await kept.jobs.load("c9") is None
    assert await kept.jobs.last_change("814") is None
    assert not await kept.jobs.finish(JOB, entry("done"))
    assert [] == await kept.details()


async def test_a_second_jobs_change_is_the_last(kept: Kept) -> None:
    """The key remembers one"""
    for number, who in enumerate(("Ann", "Bob")):
        job = replace(JOB, id=f"c{number}")
        await kept.jobs.accept(job, f"d{number}", entry("asked"))
        done = Done("814", replace(CHANGE, by=who, job=job.id))
        await kept.jobs.finish(job, entry("done"), done)
    assert replace(CHANGE, by="Bob", job="c1") == await kept.jobs.last_change("814")


async def test_where_the_answer_goes_is_sealed(redis: Redis) -> None:
    """A reader of Redis cannot answer for the bot; the queue holds ids of jobs and people"""
    await jobs_of(redis).accept(JOB, "d1", entry("asked"))
    record = await redis.hgetall("{keysmith}:errand:c1")
    assert not [value for value in record.values() if "secret" in value]
    ((_, queued),) = await Store(redis).stream(JOBS, "-", "+", 10)
    assert {"id": "c1", "by": str(JOB.actor)} == queued


async def test_what_is_sealed_is_opened_after_a_change_of_keys(redis: Redis) -> None:
    """As long as the old one is still configured"""
    await jobs_of(redis, KEY).accept(JOB, "d1", entry("asked"))
    assert JOB == await jobs_of(redis, NEWER, KEY).load("c1")


async def test_what_is_kept_ends_by_itself(redis: Redis) -> None:
    """Jobs and deliveries; the audit log and the queue do not"""
    await jobs_of(redis).accept(JOB, "d1", entry("asked"))
    spans = {key: await redis.ttl(key) for key in await redis.keys("*")}
    assert spans.pop("{keysmith}:errand:c1") == -1
    assert 0 < spans.pop("{keysmith}:seen:d1") <= SEEN_FOR
    assert {-1} == set(spans.values())
    await jobs_of(redis).finish(JOB, entry("done"))
    assert 0 < await redis.ttl("{keysmith}:errand:c1") <= KEPT_FOR


async def test_a_process_reads_what_another_accepted(redis: Redis) -> None:
    """And closes it; for the first one it is closed then"""
    async with connected(redis.connection_pool.connection_kwargs["path"]) as other:
        first, second = jobs_of(redis), jobs_of(other)
        await first.accept(JOB, "d1", entry("asked"))
        assert JOB == await second.load("c1")
        assert await second.finish(JOB, entry("done"))
        assert not await first.finish(JOB, entry("late"))


@pytest.fixture(params=["fake", "redis"])
def away(request: pytest.FixtureRequest, unreachable: Redis) -> Kept:
    """Jobs in a Redis that is away."""
    found = KINDS[request.param](unreachable)
    if request.param == "fake":
        found.jobs.away = True  # type: ignore[attr-defined]  # the fake's own switch
    return found


async def test_a_store_that_is_away_is_an_error(away: Kept) -> None:
    """Nothing is promised, and nothing looks absent that may exist"""
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: away.jobs.accept(JOB, "d1", entry("asked")),
        lambda: away.jobs.note("d1", entry("answered")),
        lambda: away.jobs.begin(JOB, "disabled:814", entry("begun")),
        lambda: away.jobs.finish(JOB, entry("done")),
        lambda: away.jobs.load("c1"),
        lambda: away.jobs.last_change("814"),
    ]
    for use in uses:
        with pytest.raises(StoreError):
            await use()
