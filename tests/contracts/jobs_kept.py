"""The port `Jobs` as its fake and in Redis, and what either stored."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis.jobs import RedisJobs
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import JOBS, NOTICES
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.vault import FieldSealer
from bot.domain.audit import ChainKey
from bot.flows.ports import Jobs
from tests.fakes.jobs import FakeJobs

KEY: Final = b"k" * 32
NEWER: Final = b"n" * 32


@dataclass(frozen=True)
class Kept:
    """Jobs, and ways to read what they stored."""

    jobs: Jobs
    details: Callable[[], Awaitable[list[str]]]
    queue: Callable[[], Awaitable[list[str]]]
    notices: Callable[[], Awaitable[list[str]]]


def fake(_: Redis) -> Kept:
    """In memory."""
    jobs = FakeJobs()

    async def details() -> list[str]:
        return [entry.detail for entry in jobs.entries]

    async def queue() -> list[str]:
        return jobs.queue

    async def notices() -> list[str]:
        return jobs.notices

    return Kept(jobs, details, queue, notices)


def in_redis(redis: Redis) -> Kept:
    """In Redis."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))

    async def details() -> list[str]:
        return [json.loads(record.body)["detail"] async for record in ledger.records()]

    async def queue() -> list[str]:
        return [fields["id"] for _, fields in await store.stream(JOBS, "-", "+", 100)]

    async def notices() -> list[str]:
        return [fields["text"] for _, fields in await store.stream(NOTICES, "-", "+", 100)]

    return Kept(jobs_of(redis), details, queue, notices)


def jobs_of(redis: Redis, *keys: bytes) -> RedisJobs:
    """Jobs, as each process has them."""
    store = Store(redis)
    ledger = Ledger(redis, store, Keyring(keys or (KEY,)))
    return RedisJobs(store, ledger, open_signed(store, ledger), FieldSealer(ledger.keyring))
