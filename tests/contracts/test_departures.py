"""One suite over proposed offboardings in memory and in Redis."""

from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.departures import KEPT_FOR, RedisDepartures
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.flows.offboard.departures import Proposals
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server
from tests.fakes.departures import FakeDepartures

__all__ = ["redis", "server"]

ENTRY = Entry(datetime(2026, 3, 1, tzinfo=UTC), AuditEvent.ANSWERED, "user:offboard")
LEFT = Notification("", Audience.SECURITY, Topic.LEFT, to="U1")


def in_redis(redis: Redis) -> RedisDepartures:
    """The departures that one process knows of."""
    return RedisDepartures(Ledger(redis, Store(redis), ChainKey(KEY)))


@pytest.fixture(params=["fake", "redis"])
async def proposals(request: pytest.FixtureRequest, redis: Redis) -> Proposals:
    """Each implementation."""
    return FakeDepartures() if request.param == "fake" else in_redis(redis)


async def test_a_person_is_proposed_once(proposals: Proposals) -> None:
    """Whatever follows about them; another one is another proposal"""
    assert await proposals.propose("U1", ENTRY, LEFT)
    assert not await proposals.propose("U1", ENTRY, LEFT)
    assert await proposals.propose("U2", ENTRY, LEFT)


async def test_the_proposal_is_queued_for_security(redis: Redis) -> None:
    """In the step that remembers it, for 90 days"""
    await in_redis(redis).propose("U1", ENTRY, LEFT)
    await in_redis(redis).propose("U1", ENTRY, LEFT)
    store = Store(redis)
    queued = await store.stream(names.OUTBOX_SECURITY, "-", "+", 9)
    assert [LEFT] == [read_notification(fields) for _, fields in queued]
    assert KEPT_FOR - 9 < await redis.ttl(names.departed("U1")) <= KEPT_FOR
