"""The port `Requests` over its fake and over Redis, and what either kept."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

import pytest
from redis.asyncio import Redis

from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_names import JOBS, OUTBOX
from bot.adapters.redis_requests import RedisRequests, read_saying
from bot.adapters.redis_store import Store
from bot.domain.audit import ChainKey, Deed, Entry
from bot.domain.requests import Request, State
from bot.domain.sayings import Saying
from bot.flows.request_ports import Requests
from tests.contracts.errands_kept import KEY, errands_of
from tests.fakes.errands import FakeErrands
from tests.fakes.requests import CLAIM_TTL as FAKES
from tests.fakes.requests import FakeRequests
from tests.unit.requests_made import AT, PENDING

CLAIM_TTL: Final = timedelta(hours=8)
assert CLAIM_TTL == FAKES
ASKER: Final = PENDING.terms.requester
OVER: Final = replace(PENDING, state=State.DENIED, version=2)


class Placed(Requests, Protocol):
    """Requests, and where their cards stand."""

    async def place(self, request_id: str, card: str) -> None:
        """Remember where the card stands."""
        ...

    async def standing_at(self, card: str) -> str | None:
        """Whose card stands there."""
        ...


@dataclass(frozen=True)
class Kept:
    """Requests, and ways to look at what is kept behind them."""

    requests: Placed
    details: Callable[[], Awaitable[list[str]]]
    outbox: Callable[[], Awaitable[list[Saying]]]
    queue: Callable[[], Awaitable[list[str]]]


def fake(_: Redis) -> Kept:
    """In memory."""
    errands = FakeErrands()
    requests = FakeRequests(errands)

    async def details() -> list[str]:
        return [entry.detail for entry in errands.entries]

    async def outbox() -> list[Saying]:
        return requests.said

    async def queue() -> list[str]:
        return errands.queue

    return Kept(requests, details, outbox, queue)


def in_redis(redis: Redis) -> Kept:
    """In Redis."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))

    async def details() -> list[str]:
        return [json.loads(record.body)["detail"] async for record in ledger.records()]

    async def outbox() -> list[Saying]:
        return [read_saying(fields) for _, fields in await store.stream(OUTBOX, "-", "+", 100)]

    async def queue() -> list[str]:
        return [fields["id"] for _, fields in await store.stream(JOBS, "-", "+", 100)]

    return Kept(requests_of(redis), details, outbox, queue)


def requests_of(redis: Redis) -> RedisRequests:
    """Requests, as each process has them."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    return RedisRequests(store, ledger, errands_of(redis), claim_ttl=CLAIM_TTL)


KINDS: Final[dict[str, Callable[[Redis], Kept]]] = {"fake": fake, "redis": in_redis}


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Bring the fake, and the ones in Redis."""
    return KINDS[request.param](redis)


def entry(detail: str) -> Entry:
    """Something that happened, told apart by its detail."""
    return Entry(AT, Deed.DECIDED, "key:request", ASKER, "c1r", detail=detail)


async def opened(kept: Kept, *requests: Request) -> None:
    """Open some."""
    for each in requests:
        assert await kept.requests.open(each, entry("asked"), ())
