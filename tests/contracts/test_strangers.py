"""One suite over the strangers at links in memory and in Redis."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.store import Store
from bot.adapters.redis.strangers import RedisStrangers
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.link_strangers import TOLD_EACH
from bot.domain.people import Actor
from bot.domain.requests.notifications import Audience, Notification, Told, Topic, to_person
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
    store = Store(redis)
    return RedisStrangers(store, Ledger(redis, store, ChainKey(KEY)), TTL)


def both(number: int) -> Told:
    """Tell security and the owner of the first three."""
    return (SECURITY, OWNER) if number <= TOLD_EACH else ()


@pytest.fixture(params=["fake", "redis"])
async def strangers(request: pytest.FixtureRequest, redis: Redis) -> Strangers:
    """Each implementation."""
    return FakeStrangers() if request.param == "fake" else in_redis(redis)


async def test_a_stranger_is_told_of_once_for_each_link(strangers: Strangers) -> None:
    """However often they sign in; another person and another link are told of"""
    assert await strangers.tell("one", MIA, ENTRY, both)
    assert not await strangers.tell("one", MIA, ENTRY, both)
    assert await strangers.tell("one", Actor("T2", "U2"), ENTRY, both)
    assert await strangers.tell("two", MIA, ENTRY, both)


async def test_each_person_at_a_link_has_a_number(strangers: Strangers) -> None:
    """From 1, at each link; a person who comes again has none"""
    numbers: list[tuple[str, int]] = []
    for link_id, user in (("one", "U2"), ("one", "U3"), ("one", "U2"), ("two", "U2")):

        def told(number: int, at: str = link_id) -> Told:
            numbers.append((at, number))
            return ()

        await strangers.tell(link_id, Actor("T1", user), ENTRY, told)
    assert [each for each in numbers if each != ("one", 3)] == [("one", 1), ("one", 2), ("two", 1)]


async def test_people_who_come_at_once_have_different_numbers(redis: Redis) -> None:
    """Each is recorded, whichever process they come to"""
    people = [Actor("T1", f"U{number}") for number in range(8)]
    told = [in_redis(redis).tell("one", each, ENTRY, both) for each in people]
    assert all(await asyncio.gather(*told))
    assert await redis.get(names.link_strangers("one")) == "8"
    assert await redis.xlen(names.AUDIT) == 8
    assert await redis.xlen(names.OUTBOX_SECURITY) == TOLD_EACH


async def test_owner_and_security_are_told_in_the_step_that_records_it(redis: Redis) -> None:
    """By whichever process is first, for as long as the link lasts"""
    for _ in range(2):
        await in_redis(redis).tell("one", MIA, ENTRY, both)
    store = Store(redis)
    for stream, told in ((names.OUTBOX_SECURITY, SECURITY), (names.OUTBOX, OWNER)):
        queued = await store.stream(stream, "-", "+", 9)
        assert [told] == [read_notification(fields) for _, fields in queued]
    for key in (names.link_stranger(f"one:{MIA}"), names.link_strangers("one")):
        assert 590 < await redis.ttl(key) <= 600
