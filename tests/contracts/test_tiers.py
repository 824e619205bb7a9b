"""One suite over the fixed tiers in memory and in Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.redis.tiers import RedisTiers
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.environments import FixedTier, Tier, UnreadableTier
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.ports import Tiers
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server
from tests.fakes.tiers import FakeTiers

__all__ = ["redis", "server"]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = Entry(AT, AuditEvent.DONE, "env:tier")
FIRST = FixedTier(Tier.STAGING, Actor("T1", "U1", "E1"), "Ann", AT, "j1")
SECOND = replace(FIRST, tier=Tier.PRODUCTION, job="j2", version=2)


def tiers_of(store: Store, ledger: Ledger) -> RedisTiers:
    """The tiers that are written through one ledger."""
    return RedisTiers(store, ledger, open_signed(store, ledger))


def in_redis(redis: Redis) -> RedisTiers:
    """The tiers of one process."""
    store = Store(redis)
    return tiers_of(store, Ledger(redis, store, ChainKey(KEY)))


@pytest.fixture(params=["fake", "redis"])
async def tiers(request: pytest.FixtureRequest, redis: Redis) -> Tiers:
    """Each implementation."""
    return FakeTiers() if request.param == "fake" else in_redis(redis)


async def test_a_tier_is_read_as_it_was_written(tiers: Tiers) -> None:
    """By the environment's id; those without one are left out"""
    assert await tiers.fix("e1", None, FIRST, ENTRY, "told")
    assert {"e1": FIRST} == await tiers.stored(["e1", "e2"])
    assert not await tiers.stored([])


async def test_a_tier_is_replaced_if_it_is_the_known_one(tiers: Tiers) -> None:
    """Of two that know the same one, the second changes nothing"""
    assert await tiers.fix("e1", None, FIRST, ENTRY, "told")
    assert not await tiers.fix("e1", None, SECOND, ENTRY, "told")
    assert await tiers.fix("e1", FIRST, SECOND, ENTRY, "told")
    assert not await tiers.fix("e1", FIRST, replace(SECOND, job="j3"), ENTRY, "told")
    assert {"e1": SECOND} == await tiers.stored(["e1"])


async def test_of_many_at_the_same_time_one_is_stored(redis: Redis) -> None:
    """With its entry and its notice; the others have neither"""
    store = Store(redis)
    ledgers = [Ledger(redis, store, ChainKey(KEY)) for _ in range(5)]
    each = [tiers_of(store, ledger).fix("e1", None, FIRST, ENTRY, "told") for ledger in ledgers]
    assert 1 == (await asyncio.gather(*each)).count(True)
    assert 1 == len([record async for record in ledgers[0].records()])
    assert 1 == await redis.xlen(names.NOTICES)
    assert -1 == await redis.ttl(names.tier("e1"))


@pytest.mark.parametrize(
    "damage",
    [{"tier": "none"}, {"at": "yesterday"}, {"by": ""}, {"version": "x"}],
    ids=lambda it: next(iter(it)),
)
async def test_a_damaged_record_is_not_taken_for_none(redis: Redis, damage: dict[str, str]) -> None:
    """The others are read all the same"""
    tiers = in_redis(redis)
    await tiers.fix("e1", None, FIRST, ENTRY, "told")
    await tiers.fix("e2", None, FIRST, ENTRY, "told")
    ((field, value),) = damage.items()
    await redis.hset(names.tier("e1"), field, value)
    assert {"e1": UnreadableTier(), "e2": FIRST} == await tiers.stored(["e1", "e2"])


async def test_a_field_that_is_gone_is_damage(redis: Redis) -> None:
    """Whichever it is"""
    for field in ("tier", "by", "name", "job", "at", "version"):
        place = f"e-{field}"
        await in_redis(redis).fix(place, None, FIRST, ENTRY, "told")
        await redis.hdel(names.tier(place), field)
        assert {place: UnreadableTier()} == await in_redis(redis).stored([place])


async def test_a_record_of_another_type_is_an_error(redis: Redis) -> None:
    """The caller treats every environment as production"""
    await redis.set(names.tier("e1"), "development")
    with pytest.raises(StoreError):
        await in_redis(redis).stored(["e1"])


async def remove(redis: Redis, key: str) -> None:
    """Take the whole record away."""
    await redis.delete(key)


async def lower(redis: Redis, key: str) -> None:
    """Write another tier."""
    await redis.hset(key, "tier", "development")


async def extend(redis: Redis, key: str) -> None:
    """Add a field, which stays where only known ones are written."""
    await redis.hset(key, "x", "1")


async def unsign(redis: Redis, key: str) -> None:
    """Take the MAC away."""
    await redis.hdel(key, names.MAC)


@pytest.mark.parametrize("damage", [remove, lower, extend, unsign], ids=lambda it: it.__name__)
async def test_what_cannot_be_read_is_replaced(
    redis: Redis, damage: Callable[[Redis, str], Awaitable[None]]
) -> None:
    """By a whole and valid record; not by one who believes that there was another, or none"""
    tiers = in_redis(redis)
    assert await tiers.fix("e1", None, FIRST, ENTRY, "told")
    assert not await tiers.fix("e1", UnreadableTier(), SECOND, ENTRY, "told")
    await damage(redis, names.tier("e1"))
    assert {"e1": UnreadableTier()} == await tiers.stored(["e1"])
    assert await tiers.fix("e1", UnreadableTier(), SECOND, ENTRY, "told")
    assert {"e1": SECOND} == await tiers.stored(["e1"])
    assert {"e1": SECOND} == await in_redis(redis).stored(["e1"])


async def test_a_record_that_was_removed_is_not_taken_for_none(redis: Redis) -> None:
    """The audit log knows it; the name alone could mean a lower tier"""
    tiers = in_redis(redis)
    assert await tiers.fix("e1", None, FIRST, ENTRY, "told")
    await redis.delete(names.tier("e1"))
    assert {"e1": UnreadableTier()} == await tiers.stored(["e1", "e2"])
