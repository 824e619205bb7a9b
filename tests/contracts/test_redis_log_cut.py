"""An audit log whose start was removed: what it named cannot be known any more."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.names import AUDIT, NOTICES
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.store import Store
from bot.adapters.redis.tallies import Tallies
from bot.domain.environments import UnreadableTier
from tests.contracts.records_kept import ENTRY, RECORDS, Storage
from tests.contracts.redis_server import redis, server
from tests.unit.requests_made import PENDING

__all__ = ["redis", "server"]

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW: Final = datetime.now(UTC)
TALLIES: Final = [
    names.waiting_of(PENDING.terms.requester),
    names.budget(PENDING.terms.requester, "rule"),
]


async def trimmed(redis: Redis) -> None:
    """Keep the newest entry only."""
    await redis.xtrim(AUDIT, maxlen=1, approximate=False)


async def emptied(redis: Redis) -> None:
    """Keep no entry, but the head."""
    await redis.delete(AUDIT)


Cut = Callable[[Redis], Awaitable[None]]
CUTS: Final[list[Cut]] = [trimmed, emptied]
each_cut = pytest.mark.parametrize("cut", CUTS, ids=lambda it: it.__name__)


async def used(redis: Redis) -> None:
    """Write some records, and entries."""
    await RECORDS["tier"].write(Storage(redis), "1")
    await goes_on(redis)


async def goes_on(redis: Redis) -> None:
    """Write entries without records."""
    for _ in range(2):
        await Storage(redis).stores.ledger.write(ENTRY, ())


async def told(redis: Redis) -> list[str]:
    """Read the notices about a log that was cut."""
    notices = await Store(redis).stream(NOTICES, "-", "+", 100)
    return [it["text"] for _, it in notices if "audit log" in it["text"]]


def started(redis: Redis) -> Signed:
    """Start another process."""
    return Storage(redis).stores.signed


@each_cut
async def test_security_hears_once_that_the_start_of_the_log_is_gone(
    redis: Redis, cut: Cut
) -> None:
    """By whichever process starts next; of another cut it hears again"""
    await used(redis)
    await started(redis).report_cut(AT)
    assert [] == await told(redis)
    for times in (1, 2):
        await cut(redis)
        for _ in range(2):
            await started(redis).report_cut(AT)
        assert times == len(await told(redis))
        await goes_on(redis)


async def test_an_entry_names_where_the_log_begins(redis: Redis) -> None:
    """For the one who reads an export"""
    await used(redis)
    await trimmed(redis)
    await started(redis).report_cut(AT)
    (*_, told_before, last) = [it async for it in Storage(redis).stores.ledger.records()]
    assert told_before.body == last.body  # where no entry was left, nothing proves the first one
    body = json.loads(last.body)
    assert ("refused", "audit:cut", "3") == (
        *(body["deed"], body["action"]),
        body["target"]["first"],
    )


@each_cut
async def test_absent_tiers_are_production_after_a_cut(redis: Redis, cut: Cut) -> None:
    """Also once it was told, until one is fixed; a whole log lets them be"""
    await used(redis)
    assert {} == await Storage(redis).stores.tiers.stored(["e9"])
    await redis.delete(names.tier("1"))
    await cut(redis)
    await started(redis).report_cut(AT)
    for _ in range(2):
        stored = await Storage(redis).stores.tiers.stored(["1", "e9"])
        assert {"1": UnreadableTier(), "e9": UnreadableTier()} == stored


@each_cut
@pytest.mark.parametrize("key", TALLIES, ids=["waiting", "budget"])
async def test_absent_tallies_are_used_up_after_a_cut(redis: Redis, cut: Cut, key: str) -> None:
    """Nothing tells what counted"""
    await used(redis)
    assert await tally(redis, key) is not None
    await cut(redis)
    assert await tally(redis, key) is None


async def tally(redis: Redis, key: str) -> object:
    """Read what counts, as a process that has just started."""
    return await Tallies(Storage(redis).stores.ledger, started(redis)).read(key, NOW)


async def test_an_empty_redis_is_not_cut(redis: Redis) -> None:
    """It is a new one"""
    await started(redis).report_cut(AT)
    assert [] == await told(redis)
    assert {} == await Storage(redis).stores.tiers.stored(["e9"])
