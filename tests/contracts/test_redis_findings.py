import asyncio
import json
from datetime import UTC, datetime

from redis.asyncio import Redis

from bot.adapters.redis.findings import RedisFindings
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, ChainKey, Entry
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

ENTRY = Entry(
    datetime(2026, 3, 1, tzinfo=UTC), AuditEvent.ANSWERED, "policy:lint", detail="1 findings"
)


class Together(Store):
    """Reads only when all others have read too."""

    def __init__(self, redis: Redis, barrier: asyncio.Barrier) -> None:
        super().__init__(redis)
        self._barrier = barrier

    async def text(self, *parts: str) -> str | None:
        """Read, and wait for the others."""
        found = await super().text(*parts)
        await self._barrier.wait()
        return found


def findings(redis: Redis) -> tuple[RedisFindings, Ledger, Store]:
    """The findings of one process, its ledger, and the store behind them."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    return RedisFindings(store, ledger), ledger, store


async def notices(store: Store) -> list[dict[str, str]]:
    """Read the notices for the security channel."""
    return [fields for _, fields in await store.stream(NOTICES, "-", "+", 100)]


async def test_findings_are_told_when_they_change(redis: Redis) -> None:
    """Not when they stay the same; once more when they are gone; each in the audit log"""
    kept, ledger, store = findings(redis)
    assert not await kept.tell("", "nothing", ENTRY)
    assert await kept.tell("alone", "one", ENTRY)
    assert not await kept.tell("alone", "one", ENTRY)
    assert await kept.tell("alone\nstuck", "two", ENTRY)
    assert await kept.tell("", "none any more", ENTRY)
    assert not await kept.tell("", "none any more", ENTRY)
    told = [{"text": text, "by": ""} for text in ("one", "two", "none any more")]
    assert told == await notices(store)
    entries = [json.loads(record.body)["action"] async for record in ledger.records()]
    assert ["policy:lint"] * 3 == entries


async def test_of_many_processes_that_find_the_same_one_tells(redis: Redis) -> None:
    """Though all of them look at the same time"""
    together = asyncio.Barrier(8)
    ledgers = [findings(redis)[1] for _ in range(8)]
    processes = [RedisFindings(Together(redis, together), ledger) for ledger in ledgers]
    told = await asyncio.gather(*(each.tell("alone", "one", ENTRY) for each in processes))
    assert 1 == sum(told)
    assert 1 == len(await notices(Store(redis)))
