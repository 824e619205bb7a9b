"""One suite over the access reviews in memory and in Redis."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.access_reviews import KEPT_FOR, RedisAccessReviews
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.access_reviews import (
    LASTS,
    REMINDERS,
    Answer,
    Review,
    ReviewedKey,
    ReviewState,
    answered,
)
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.people import Actor
from bot.domain.requests.notifications import Notification
from bot.errors import Unread
from bot.flows.review_ports import AccessReviews
from bot.flows.reviews.told import over
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server
from tests.fakes.access_reviews import FakeAccessReviews
from tests.fakes.jobs import FakeJobs

__all__ = ["redis", "server"]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BOB = Actor("T1", "U1"), Actor("T1", "U2", "E1")
ENTRY = Entry(AT, AuditEvent.MOVED, "key:review")
BARE = ReviewedKey("815", "", "e2", "Shop dev", "shop-dev", answer=Answer.ROOT)
FULL = ReviewedKey(
    *("814", "ci", "e1", "Shop", "shop", ("admin", "reports"), AT, AT + LASTS, BOB, ANN),
    *(Answer.FAILED, ANN, "Ann", AT + timedelta(hours=1), "c2", "denied"),
)
NEW = Review("c1", ANN, "Ann", AT, ("e1", "e2"), (FULL, BARE))
OTHER = replace(NEW, id="c2", at=AT + timedelta(hours=1), environments=("e2", "e3"))
OVER = replace(NEW, state=ReviewState.ESCALATED, version=2)


def in_redis(redis: Redis) -> RedisAccessReviews:
    """Reviews of one process."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    return RedisAccessReviews(store, ledger, open_signed(store, ledger))


def in_memory(_: Redis) -> FakeAccessReviews:
    """The fake."""
    return FakeAccessReviews(FakeJobs())


@pytest.fixture(params=[in_memory, in_redis])
async def reviews(request: pytest.FixtureRequest, redis: Redis) -> AccessReviews:
    """Each implementation."""
    make: Callable[[Redis], AccessReviews] = request.param
    return make(redis)


async def test_a_review_is_read_as_it_was_written(reviews: AccessReviews) -> None:
    """With every field, and with few"""
    assert await reviews.load("c1") is None
    assert await reviews.add(NEW, ENTRY, [])
    assert NEW == await reviews.load("c1")
    after = replace(answered(NEW, replace(FULL, answer=Answer.KEEP)), reminded=1)
    assert await reviews.replace(NEW, after, ENTRY)
    assert after == await reviews.load("c1")


async def test_of_two_writes_of_one_version_one_is_lost(reviews: AccessReviews) -> None:
    """And a review begins once"""
    assert await reviews.add(NEW, ENTRY, [])
    assert not await reviews.add(NEW, ENTRY, [])
    assert await reviews.replace(NEW, OVER, ENTRY)
    assert not await reviews.replace(NEW, replace(NEW, reminded=1, version=2), ENTRY)
    assert OVER == await reviews.load("c1")


async def test_one_review_runs_in_an_environment(reviews: AccessReviews) -> None:
    """Of two at once too; the end of one makes room"""
    first, second = await asyncio.gather(reviews.add(NEW, ENTRY, []), reviews.add(OTHER, ENTRY, []))
    assert {True, False} == {first, second}
    runs, lost = (NEW, OTHER) if first else (OTHER, NEW)
    assert runs == await reviews.running_in(["e9", "e2"])
    assert await reviews.running_in(["e9"]) is None
    assert [runs] == await reviews.open()
    ended = replace(runs, state=ReviewState.ESCALATED, version=2)
    assert await reviews.replace(runs, ended, ENTRY)
    assert await reviews.running_in(["e2"]) is None
    assert await reviews.add(lost, ENTRY, [])
    done = replace(ended, state=ReviewState.DONE, version=3)
    assert await reviews.replace(ended, done, ENTRY)
    assert lost == await reviews.running_in(["e2"])
    assert [lost] == await reviews.open()


async def test_the_clock_finds_what_is_due(reviews: AccessReviews) -> None:
    """At each reminder, and at the end"""
    assert await reviews.add(NEW, ENTRY, [])
    before = NEW
    for number, each in enumerate((*REMINDERS, LASTS)):
        assert [] == await reviews.due(AT + each - timedelta(seconds=1))
        assert [before] == await reviews.due(AT + each)
        if number < len(REMINDERS):
            after = replace(before, reminded=number + 1, version=before.version + 1)
            assert await reviews.replace(before, after, ENTRY)
            before = after
    assert await reviews.replace(before, replace(OVER, version=9), ENTRY)
    assert [] == await reviews.due(AT + 2 * LASTS)


async def test_what_is_told_is_queued_with_it_alone(redis: Redis) -> None:
    """A write that is lost tells nothing"""
    kept = in_redis(redis)
    assert await kept.add(NEW, ENTRY, [])
    told = over(OVER)
    assert await kept.replace(NEW, OVER, ENTRY, told)
    assert not await kept.replace(NEW, OVER, ENTRY, told)
    queued = list[Notification]()
    for stream in (names.OUTBOX, names.OUTBOX_SECURITY):
        items = await Store(redis).stream(stream, "-", "+", 10)
        queued += [read_notification(fields) for _, fields in items]
    assert told == queued


async def test_a_review_is_kept_for_long_once_it_is_over(redis: Redis) -> None:
    """No index and no pointer of it is left then"""
    kept = in_redis(redis)
    await kept.add(NEW, ENTRY, [])
    assert -1 == await redis.ttl(names.access_review("c1"))
    await kept.replace(NEW, OVER, ENTRY)
    assert -1 == await redis.ttl(names.access_review("c1"))
    await kept.replace(OVER, replace(OVER, state=ReviewState.DONE, version=3), ENTRY)
    assert KEPT_FOR - 9 < await redis.ttl(names.access_review("c1")) <= KEPT_FOR
    assert not await redis.exists(names.REVIEWS, names.review_in("e1"), names.review_in("e2"))


@pytest.mark.parametrize("pointer", ["c9", "c1", ""])
async def test_a_forged_pointer_keeps_no_review_from_beginning(redis: Redis, pointer: str) -> None:
    """It counts as far as the review that it names runs there"""
    kept = in_redis(redis)
    await kept.add(NEW, ENTRY, [])
    await redis.set(names.review_in("e3"), pointer)
    elsewhere = replace(OTHER, environments=("e3",))
    assert await kept.running_in(["e3"]) is None
    assert await kept.add(elsewhere, ENTRY, [])
    assert elsewhere == await kept.running_in(["e3"])


async def test_one_that_is_not_believed_keeps_no_other_from_its_time(redis: Redis) -> None:
    """Forged, or written by another version"""
    kept = in_redis(redis)
    await kept.add(NEW, ENTRY, [])
    later = replace(OTHER, environments=("e3",))
    await kept.add(later, ENTRY, [])
    await redis.hset(names.access_review("c1"), "version", "7")
    assert await kept.load("c1") is None
    assert [later] == await kept.due(AT + 2 * LASTS)
    assert not await kept.replace(NEW, OVER, ENTRY)
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    key = names.access_review("c1")
    strange = open_signed(store, ledger).hset(key, {"doc": '{"id":"c1"}', "version": "8"})
    await ledger.write(ENTRY, (strange,))
    with pytest.raises(Unread):
        await kept.load("c1")
    assert [later] == await kept.open()
