"""One suite over visits that open no link, in memory and in Redis."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.store import Store
from bot.adapters.redis.visits import KEPT, RedisVisitLimits, RedisVisitTally
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.link_visits import (
    FEW,
    NOISE,
    PER_MINUTE,
    PER_MINUTE_IN_ALL,
    WAIT,
    WINDOW,
    Figures,
    Visit,
    window_of,
)
from bot.domain.requests.notifications import Topic, to_security
from bot.errors import StoreError
from bot.flows.links.visits import VisitLimits, VisitTally
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server, unreachable
from tests.contracts.test_links_opened import LinkSetup
from tests.fakes.visits import FakeVisitLimits, FakeVisitTally

__all__ = ["redis", "server", "unreachable"]

AT = window_of(datetime(2026, 3, 1, 10, 30, tzinfo=UTC))
ENTRY = Entry(AT, AuditEvent.REFUSED, "link:open", detail="many visits")
TOLD = to_security("", Topic.VISITS, text=Figures(AT, {Visit.UNKNOWN: 100}).write())


def in_redis(redis: Redis) -> RedisVisitTally:
    """What one process counts."""
    return RedisVisitTally(Store(redis), Ledger(redis, Store(redis), ChainKey(KEY)))


@pytest.fixture(params=["fake", "redis"])
async def limits(request: pytest.FixtureRequest, redis: Redis) -> VisitLimits:
    """Each implementation."""
    return FakeVisitLimits() if request.param == "fake" else RedisVisitLimits(redis)


@pytest.fixture(params=["fake", "redis"])
async def tally(request: pytest.FixtureRequest, redis: Redis) -> VisitTally:
    """Each implementation."""
    return FakeVisitTally() if request.param == "fake" else in_redis(redis)


async def test_each_place_has_a_limit(limits: VisitLimits) -> None:
    """Another place has its own"""
    assert [await limits.serves("one") for _ in range(PER_MINUTE)] == [True] * PER_MINUTE
    assert not await limits.serves("one")
    assert await limits.serves("two")


async def test_all_places_share_a_limit(limits: VisitLimits) -> None:
    """What one place is refused by its own does not count"""
    for _ in range(PER_MINUTE * 2):
        await limits.serves("one")
    for number in range(PER_MINUTE_IN_ALL - PER_MINUTE):
        assert await limits.serves(str(number))
    assert not await limits.serves("one more")


async def test_counts_are_of_one_window_and_kind(tally: VisitTally) -> None:
    """A window without visits has none"""
    assert (await tally.figures(AT)).counts == {}
    await tally.add(AT, Visit.UNKNOWN)
    await tally.add(AT, Visit.UNKNOWN, Visit.LIMITED)
    await tally.add(AT + WINDOW, Visit.SPENT)
    assert await tally.figures(AT) == Figures(AT, {Visit.UNKNOWN: 2, Visit.LIMITED: 1})


async def test_a_window_is_told_of_once(tally: VisitTally) -> None:
    """Another one again"""
    told = [await tally.tell(Figures(AT, {}), ENTRY, TOLD) for _ in range(2)]
    assert told == [True, False]
    assert await tally.tell(Figures(AT + WINDOW, {}), ENTRY, TOLD)


async def test_visits_to_links_that_wait_are_told_of_after_noise(tally: VisitTally) -> None:
    """Once, however much noise follows"""
    noise, live = {Visit.UNKNOWN: NOISE}, {Visit.WRONG_PROOF: FEW}
    each = [Figures(AT, noise), Figures(AT, noise | live), Figures(AT, noise | live)]
    assert [True, True, False] == [await tally.tell(it, ENTRY, TOLD) for it in each]


async def test_processes_share_counts_and_tell_once(redis: Redis) -> None:
    """In one step with its audit entry, at once from two of them, and again after a restart"""
    assert [await RedisVisitLimits(redis).serves("one") for _ in range(PER_MINUTE)]
    assert not await RedisVisitLimits(redis).serves("one")
    for _ in range(2):
        await in_redis(redis).add(AT, Visit.UNKNOWN)
    figures = await in_redis(redis).figures(AT)
    assert figures.of(Visit.UNKNOWN) == 2
    told = [in_redis(redis).tell(figures, ENTRY, TOLD) for _ in range(2)]
    assert sorted(await asyncio.gather(*told)) == [False, True]
    queued = await Store(redis).stream(names.OUTBOX_SECURITY, "-", "+", 9)
    assert [TOLD] == [read_notification(fields) for _, fields in queued]
    assert await redis.xlen(names.AUDIT) == 1


async def test_nothing_is_kept_for_long(redis: Redis) -> None:
    """A minute for limits, two windows for counts"""
    await RedisVisitLimits(redis).serves("one")
    tally = in_redis(redis)
    await tally.add(AT, Visit.UNKNOWN)
    await tally.tell(Figures(AT, {}), ENTRY, TOLD)
    for key in map(str, await redis.keys("{keysmith}:visits*")):
        most = WAIT if key.startswith(names.visits("")) else KEPT
        assert 0 < await redis.ttl(key) <= most
    assert timedelta(seconds=KEPT) > 2 * WINDOW


async def test_what_a_visit_meets_is_read_from_the_link(redis: Redis) -> None:
    """Of each kind that there is"""
    tally = in_redis(redis)
    assert await tally.met("A" * 22) is Visit.UNKNOWN
    id_, _ = await LinkSetup(redis).made()
    assert await tally.met(id_) is Visit.WRONG_PROOF
    await redis.delete(names.sealed(id_))
    assert await tally.met(id_) is Visit.EXPIRED
    await redis.flushall()
    setup = LinkSetup(redis)
    link = await setup.made()
    await setup.press(link, "page")
    assert await tally.met(link[0]) is Visit.SPENT


async def test_without_redis_no_visit_is_served(unreachable: Redis) -> None:
    """Each call says so"""
    with pytest.raises(StoreError):
        await RedisVisitLimits(unreachable).serves("one")
    for call in (in_redis(unreachable).met("x"), in_redis(unreachable).add(AT, Visit.UNKNOWN)):
        with pytest.raises(StoreError):
            await call
