"""The port `Errands` over its fake and over Redis, and what either kept."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis_errands import RedisErrands
from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_names import JOBS, NOTICES
from bot.adapters.redis_store import Store
from bot.adapters.vault import FieldSealer
from bot.domain.audit import ChainKey
from bot.flows.ports import Errands
from tests.fakes.errands import FakeErrands

KEY: Final = b"k" * 32
NEWER: Final = b"n" * 32


@dataclass(frozen=True)
class Kept:
    """Errands, and ways to look at what is kept behind them."""

    errands: Errands
    details: Callable[[], Awaitable[list[str]]]
    queue: Callable[[], Awaitable[list[str]]]
    notices: Callable[[], Awaitable[list[str]]]


def fake(_: Redis) -> Kept:
    """In memory."""
    errands = FakeErrands()

    async def details() -> list[str]:
        return [entry.detail for entry in errands.entries]

    async def queue() -> list[str]:
        return errands.queue

    async def notices() -> list[str]:
        return errands.notices

    return Kept(errands, details, queue, notices)


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

    return Kept(errands_of(redis), details, queue, notices)


def errands_of(redis: Redis, *keys: bytes) -> RedisErrands:
    """Errands, as each process has them."""
    store = Store(redis)
    own = keys or (KEY,)
    return RedisErrands(store, Ledger(redis, store, ChainKey(own[0])), FieldSealer(own))
