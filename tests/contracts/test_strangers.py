"""One suite over the strangers at links in memory and in Redis."""

from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.store import Store
from bot.adapters.redis.strangers import RedisStrangers
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.people import Actor
from bot.domain.requests.notifications import Audience, Notification, Topic, to_person
from bot.flows.round_trips import Strangers
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server
from tests.fakes.strangers import FakeStrangers

__all__ = ["redis", "server"]

MIA = Actor("T1", "U2")
ENTRY = Entry(datetime(2026, 3, 1, tzinfo=UTC), AuditEvent.REFUSED, "link:open", MIA)
SECURITY = Notification("", Audience.SECURITY, Topic.STRANGER, "U1", "U2", "[]")
OWNER = to_person("", Topic.STRANGER, "U1", by="U2", text="[]")
TTL = timedelta(minutes=10)


def in_redis(redis: Redis) -> RedisStrangers:
    """The strangers that one process knows of."""
    return RedisStrangers(Ledger(redis, Store(redis), ChainKey(KEY)), TTL)


@pytest.fixture(params=["fake", "redis"])
async def strangers(request: pytest.FixtureRequest, redis: Redis) -> Strangers:
    """Each implementation."""
    return FakeStrangers() if request.param == "fake" else in_redis(redis)


async def test_a_stranger_is_told_of_once_for_each_link(strangers: Strangers) -> None:
    """However often they sign in; another person and another link are told of"""
    assert await strangers.tell("one", MIA, ENTRY, (SECURITY, OWNER))
    assert not await strangers.tell("one", MIA, ENTRY, (SECURITY, OWNER))
    assert await strangers.tell("one", Actor("T2", "U2"), ENTRY, (SECURITY, OWNER))
    assert await strangers.tell("two", MIA, ENTRY, (SECURITY, OWNER))


async def test_owner_and_security_are_told_in_the_step_that_records_it(redis: Redis) -> None:
    """By whichever process is first, for as long as the link lasts"""
    for _ in range(2):
        await in_redis(redis).tell("one", MIA, ENTRY, (SECURITY, OWNER))
    store = Store(redis)
    for stream, told in ((names.OUTBOX_SECURITY, SECURITY), (names.OUTBOX, OWNER)):
        queued = await store.stream(stream, "-", "+", 9)
        assert [told] == [read_notification(fields) for _, fields in queued]
    assert 590 < await redis.ttl(names.link_stranger(f"one:{MIA}")) <= 600
