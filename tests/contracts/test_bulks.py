"""One suite over the bulk acts in memory and in Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.bulks import BULK as RECORD
from bot.adapters.redis.bulks import KEPT_FOR, RedisBulks
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.bulk import Bulk, LeftOut, OutReason, Part, Result, begin, settle
from bot.domain.people import Actor
from bot.domain.requests.notifications import Topic, to_person
from bot.errors import StoreError
from bot.flows.bulk_ports import Bulks
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server, unreachable
from tests.fakes.bulks import FakeBulks

__all__ = ["redis", "server", "unreachable"]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = Entry(AT, AuditEvent.ANSWERED, "key:disable")
PARTS = (Part("key disable 814", "a", "Shop", "a x"), Part("key disable 815", "b"))
LEFT = (LeftOut("c", "Shop", OutReason.ROOT),)
BULK = Bulk("c1", Actor("T1", "U1", "E1"), "key disable --owner @U2", AT, PARTS, LEFT, 3)


def in_redis(redis: Redis) -> RedisBulks:
    """The bulk acts of one process."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    return RedisBulks(ledger, open_signed(store, ledger))


@pytest.fixture(params=["fake", "redis"])
async def bulks(request: pytest.FixtureRequest, redis: Redis) -> Bulks:
    """Each implementation."""
    return FakeBulks() if request.param == "fake" else in_redis(redis)


async def test_a_list_is_read_as_it_was_written(bulks: Bulks) -> None:
    """In every state of its parts, and once by its id"""
    assert await bulks.load("c1") is None
    assert await bulks.add(BULK, ENTRY)
    assert not await bulks.add(replace(BULK, command="other"), ENTRY)
    assert await bulks.load("c1") == BULK
    failed = settle(begin(BULK, "j1"), 0, Result.FAIL, "denied", halted=True)
    assert await bulks.replace(BULK, failed, ENTRY, told=True)
    assert await bulks.load("c1") == failed


async def test_of_two_changes_the_first_counts(bulks: Bulks) -> None:
    """The second one knows an older version, or a list that is not stored"""
    assert await bulks.add(BULK, ENTRY)
    assert await bulks.replace(BULK, begin(BULK, "j1"), ENTRY, told=False)
    assert not await bulks.replace(BULK, begin(BULK, "j2"), ENTRY, told=False)
    unknown = replace(BULK, id="c2")
    assert not await bulks.replace(unknown, begin(unknown, "j2"), ENTRY, told=False)
    found = await bulks.load("c1")
    assert found
    assert "j1" == found.run


async def test_a_list_ends_and_only_keysmith_writes_it(redis: Redis) -> None:
    """After 30 days without a change; what others wrote is not believed"""
    bulks, key = in_redis(redis), names.bulk("c1")
    assert await bulks.add(BULK, ENTRY)
    assert 0 < await redis.ttl(key) <= KEPT_FOR
    assert await bulks.replace(BULK, begin(BULK, "j1"), ENTRY, told=True)
    assert 1 == await redis.xlen(names.OUTBOX)
    await redis.hset(key, "version", "1")
    assert await in_redis(redis).load("c1") is None


async def test_of_many_at_once_one_counts(bulks: Bulks) -> None:
    """A list is added once, and goes on by one run at a time"""
    assert 1 == sum(await asyncio.gather(*(bulks.add(BULK, ENTRY) for _ in range(8))))
    runs = [begin(BULK, f"j{number}") for number in range(8)]
    told = [bulks.replace(BULK, run, ENTRY, told=True) for run in runs]
    (won,) = [run for run, wrote in zip(runs, await asyncio.gather(*told), strict=True) if wrote]
    assert won == await bulks.load("c1")


async def test_each_change_can_update_the_message(redis: Redis) -> None:
    """In the same step: none where another run was faster"""
    bulks = in_redis(redis)
    await bulks.add(BULK, ENTRY)
    run = begin(BULK, "j1")
    assert await bulks.replace(BULK, run, ENTRY, told=False)
    assert not await bulks.replace(BULK, run, ENTRY, told=True)
    other = to_person("", Topic.OWNER, "U2", text="many 2")
    assert not await bulks.replace(BULK, run, ENTRY, told=True, also=[other])
    assert 0 == await redis.xlen(names.OUTBOX)
    done = settle(run, 0, Result.DO, "key_changed")
    assert await bulks.replace(run, done, ENTRY, told=True, also=[other])
    assert 2 == await redis.xlen(names.OUTBOX)


async def test_a_store_that_is_away_is_an_error(unreachable: Redis) -> None:
    """No list looks absent that may be there"""
    bulks = in_redis(unreachable)
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: bulks.add(BULK, ENTRY),
        lambda: bulks.load("c1"),
        lambda: bulks.replace(BULK, begin(BULK, "j1"), ENTRY, told=True),
    ]
    for use in uses:
        with pytest.raises(StoreError):
            await use()


def test_a_list_of_an_older_version_is_read() -> None:
    """What it does not have is as it was then"""
    document = RECORD.write(BULK)
    del document["over"]
    assert BULK == RECORD.read(document)
