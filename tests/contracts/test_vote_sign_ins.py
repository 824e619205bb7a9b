"""One suite over the sign-ins of approvers and the votes that spend them, in memory and Redis."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.domain.audit import AuditEvent, Entry
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.sign_in import SignedVote
from bot.flows.request_ports import Requests, VoteSignIns
from tests.contracts.records_kept import Storage
from tests.contracts.redis_server import redis, server
from tests.fakes.jobs import FakeJobs
from tests.fakes.requests import FakeRequests
from tests.unit.requests_made import PENDING as REQUEST

__all__ = ["redis", "server"]

ANN = Actor("T1", "U1")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = Entry(AT, AuditEvent.ANSWERED, "request:sign_in", ANN)
SIGNED = SignedVote(REQUEST.id, "print", ANN, AT + timedelta(minutes=5))


@dataclass
class Kept:
    """Requests, and the sign-ins for them."""

    requests: Requests
    sign_ins: VoteSignIns

    async def vote(self, before: Request, spends: SignedVote | None) -> bool:
        """Change the request as a vote does."""
        after = replace(before, version=before.version + 1)
        return await self.requests.replace(before, after, ENTRY, spends=spends)


@pytest.fixture(params=["fake", "redis"])
async def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Each implementation, with one request."""
    fake, stores = FakeRequests(FakeJobs()), Storage(redis).stores
    requests = Kept(fake, fake.sign_ins)
    if request.param == "redis":
        requests = Kept(stores.requests, stores.vote_sign_ins)
    await requests.requests.open(REQUEST, ENTRY, ())
    return requests


async def test_a_sign_in_is_found_for_its_request_and_person(kept: Kept) -> None:
    """In whichever form a delivery names the person; a later one takes its place"""
    assert await kept.sign_ins.find(REQUEST.id, ANN) is None
    await kept.sign_ins.add(SIGNED, ENTRY)
    assert await kept.sign_ins.find(REQUEST.id, Actor("T1", "U1", "E1")) == SIGNED
    assert await kept.sign_ins.find(REQUEST.id, Actor("T1", "U2")) is None
    assert await kept.sign_ins.find("another", ANN) is None
    later = replace(SIGNED, until=AT + timedelta(minutes=7))
    await kept.sign_ins.add(later, ENTRY)
    assert await kept.sign_ins.find(REQUEST.id, ANN) == later


async def test_a_vote_spends_it_in_its_own_step(kept: Kept) -> None:
    """A second vote finds none, and is not written"""
    await kept.sign_ins.add(SIGNED, ENTRY)
    assert await kept.vote(REQUEST, SIGNED)
    assert await kept.sign_ins.find(REQUEST.id, ANN) is None
    after = replace(REQUEST, version=REQUEST.version + 1)
    assert not await kept.vote(after, SIGNED)
    assert await kept.requests.load(REQUEST.id) == after


async def test_a_vote_that_loses_a_race_spends_nothing(kept: Kept) -> None:
    """The sign-in still stands; one that another took the place of is none"""
    await kept.sign_ins.add(SIGNED, ENTRY)
    assert await kept.vote(REQUEST, None)
    assert not await kept.vote(REQUEST, SIGNED)
    assert await kept.sign_ins.find(REQUEST.id, ANN) == SIGNED
    former = replace(SIGNED, until=AT)
    assert not await kept.vote(replace(REQUEST, version=REQUEST.version + 1), former)
    assert await kept.sign_ins.find(REQUEST.id, ANN) == SIGNED


async def test_it_expires_and_another_process_knows_it(redis: Redis) -> None:
    """After five minutes, whatever becomes of the request"""
    await Storage(redis).stores.vote_sign_ins.add(SIGNED, ENTRY)
    assert await Storage(redis).stores.vote_sign_ins.find(REQUEST.id, ANN) == SIGNED
    assert 290 < await redis.ttl(names.vote_sign_in(REQUEST.id, ANN)) <= 300


async def test_one_that_was_spent_and_put_back_is_not_believed(redis: Redis) -> None:
    """A person who writes to Redis restores no sign-in, and makes none for another"""
    stores = Storage(redis).stores
    await stores.requests.open(REQUEST, ENTRY, ())
    await stores.vote_sign_ins.add(SIGNED, ENTRY)
    key = names.vote_sign_in(REQUEST.id, ANN)
    copied = {str(name): str(value) for name, value in (await redis.hgetall(key)).items()}
    other = Actor("T1", "U2")
    for name, value in copied.items():
        await redis.hset(names.vote_sign_in(REQUEST.id, other), name, value)
    assert await stores.vote_sign_ins.find(REQUEST.id, other) is None
    after = replace(REQUEST, version=REQUEST.version + 1)
    assert await stores.requests.replace(REQUEST, after, ENTRY, spends=SIGNED)
    for name, value in copied.items():
        await redis.hset(key, name, value)
    assert await Storage(redis).stores.vote_sign_ins.find(REQUEST.id, ANN) is None
