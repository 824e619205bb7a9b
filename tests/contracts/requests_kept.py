"""The port `Requests` as its fake and in Redis, and what either stored."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import JOBS, OUTBOX, OUTBOX_SECURITY
from bot.adapters.redis.requests import RedisRequests, read_notification
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification
from bot.flows.ports import Jobs
from bot.flows.request_ports import Opening, Requests
from tests.contracts.jobs_kept import KEY, jobs_of
from tests.fakes.jobs import FakeJobs
from tests.fakes.requests import CLAIM_TTL as FAKES
from tests.fakes.requests import FakeRequests
from tests.unit.requests_made import AT, PENDING

CLAIM_TTL: Final = timedelta(hours=8)
assert CLAIM_TTL == FAKES
ASKER: Final = PENDING.terms.requester
OVER: Final = replace(PENDING, state=State.DENIED, version=2)


class Placed(Requests, Protocol):
    """Requests, and the places of their cards."""

    async def place(self, request_id: str, card: str) -> None:
        """Store where the card is."""

    async def request_at_card(self, card: str) -> str | None:
        """Find the request whose card is there."""


@dataclass(frozen=True)
class Kept:
    """Requests, and ways to read what they stored."""

    requests: Placed
    jobs: Jobs
    details: Callable[[], Awaitable[list[str]]]
    outbox: Callable[[], Awaitable[list[Notification]]]
    queue: Callable[[], Awaitable[list[str]]]


def fake(_: Redis) -> Kept:
    """In memory."""
    jobs = FakeJobs()
    requests = FakeRequests(jobs)

    async def details() -> list[str]:
        return [entry.detail for entry in jobs.entries]

    async def outbox() -> list[Notification]:
        return security_first(requests.notifications)

    async def queue() -> list[str]:
        return jobs.queue

    return Kept(requests, jobs, details, outbox, queue)


def security_first(notifications: Sequence[Notification]) -> list[Notification]:
    """Order notifications as they leave: those for the security channel have their own lane."""
    return sorted(notifications, key=lambda it: it.audience is not Audience.SECURITY)


def in_redis(redis: Redis) -> Kept:
    """In Redis."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))

    async def details() -> list[str]:
        return [json.loads(record.body)["detail"] async for record in ledger.records()]

    async def outbox() -> list[Notification]:
        return [
            read_notification(fields)
            for stream in (OUTBOX_SECURITY, OUTBOX)
            for _, fields in await store.stream(stream, "-", "+", 100)
        ]

    async def queue() -> list[str]:
        return [fields["id"] for _, fields in await store.stream(JOBS, "-", "+", 100)]

    return Kept(requests_of(redis), jobs_of(redis), details, outbox, queue)


def requests_of(redis: Redis) -> RedisRequests:
    """Requests, as each process has them."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    signed = open_signed(store, ledger)
    return RedisRequests(store, ledger, signed, jobs_of(redis), claim_ttl=CLAIM_TTL)


KINDS: Final[dict[str, Callable[[Redis], Kept]]] = {"fake": fake, "redis": in_redis}


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Run each test with the fake and with Redis."""
    return KINDS[request.param](redis)


def entry(detail: str) -> Entry:
    """An audit entry, distinguished by its detail."""
    return Entry(AT, AuditEvent.DECIDED, "key:request", ASKER, "c1r", detail=detail)


async def opened(kept: Kept, *requests: Request) -> None:
    """Open requests."""
    for each in requests:
        assert Opening.OPENED is await kept.requests.open(each, entry("asked"), ())
