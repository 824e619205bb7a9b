"""One suite over the delegations in memory and in Redis."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.delegations import KEPT_FOR, RedisDelegations
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.delegations import Delegation
from bot.domain.people import Actor
from bot.flows.request_ports import Delegations
from tests.contracts.jobs_kept import KEY
from tests.contracts.redis_server import redis, server
from tests.fakes.delegations import FakeDelegations

__all__ = ["redis", "server"]

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEK: Final = timedelta(days=7)
ADA: Final = Actor("T1", "U1", "E1")
MIA: Final = Actor("T1", "U2", "E1")
TOM: Final = Actor("T1", "U3", "E1")
ENTRY: Final = Entry(AT, AuditEvent.DONE, "decide", ADA)
FIRST: Final = Delegation(
    ADA,
    MIA,
    AT + WEEK,
    "Mia",
    "j1",
    AT,
    by_id="u-ada",
    to_id="u-mia",
    mailbox="ada@lumen.example",
    to_mailbox="mia@lumen.example",
    key_role=True,
    full_at=AT,
)
SECOND: Final = replace(FIRST, to=TOM, name="Tom", job="j2")
ENDED: Final = Delegation(ADA, None, AT, job="j3", at=AT)


def in_redis(redis: Redis) -> RedisDelegations:
    """The delegations of one process."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    return RedisDelegations(store, ledger, open_signed(store, ledger))


@dataclass
class Racing(RedisDelegations):
    """The delegations of a process that looks, and waits until all others have looked too."""

    all_looked: asyncio.Barrier
    ledger: Ledger
    store: Store

    def __post_init__(self) -> None:
        super().__init__(self.store, self.ledger, open_signed(self.store, self.ledger))

    async def find(self, by: Actor) -> Delegation | None:
        """Read a record."""
        found = await super().find(by)
        await self.all_looked.wait()
        return found


@pytest.fixture(params=["fake", "redis"])
async def delegations(request: pytest.FixtureRequest, redis: Redis) -> Delegations:
    """Each implementation."""
    return FakeDelegations() if request.param == "fake" else in_redis(redis)


async def test_a_delegation_counts_until_its_end(delegations: Delegations) -> None:
    """By the time of the question, although the record is there still"""
    assert await delegations.find(ADA) is None
    assert await delegations.replace(None, FIRST, ENTRY, "told")
    assert FIRST == await delegations.find(ADA)
    assert [FIRST] == await delegations.current(AT + WEEK - timedelta(microseconds=1))
    assert [] == await delegations.current(AT + WEEK)


async def test_another_delegate_and_the_end_take_it_away(delegations: Delegations) -> None:
    """The end is a record too"""
    assert await delegations.replace(None, FIRST, ENTRY, "told")
    assert await delegations.replace(FIRST, SECOND, ENTRY, "told")
    assert [SECOND] == await delegations.current(AT)
    assert await delegations.replace(SECOND, ENDED, ENTRY, "told")
    assert [] == await delegations.current(AT)
    assert ENDED == await delegations.find(ADA)


async def test_it_is_replaced_only_if_it_is_the_known_one(delegations: Delegations) -> None:
    """Of two that know the same one, the second changes nothing"""
    assert not await delegations.replace(SECOND, FIRST, ENTRY, "told")
    assert await delegations.replace(None, FIRST, ENTRY, "told")
    assert not await delegations.replace(None, SECOND, ENTRY, "told")
    assert FIRST == await delegations.find(ADA)


@pytest.mark.parametrize("before", [None, FIRST])
async def test_of_many_at_the_same_time_one_is_stored(
    redis: Redis, before: Delegation | None
) -> None:
    """With its entry and its notice; the others have neither"""
    if before:
        assert await in_redis(redis).replace(None, before, ENTRY, "")
    store, barrier = Store(redis), asyncio.Barrier(5)
    ledgers = [Ledger(redis, store, ChainKey(KEY)) for _ in range(5)]
    each = [
        Racing(barrier, ledger, store).replace(
            before, replace(SECOND, job=f"j{number}"), ENTRY, "told"
        )
        for number, ledger in enumerate(ledgers)
    ]
    assert 1 == (await asyncio.gather(*each)).count(True)
    assert (2 if before else 1) == len([record async for record in ledgers[0].records()])
    assert 1 == await redis.xlen(names.NOTICES)


@pytest.mark.parametrize(
    ("stored", "seconds"),
    [
        (FIRST, int(WEEK.total_seconds())),
        (replace(FIRST, until=AT + timedelta(hours=1)), KEPT_FOR),
        (ENDED, KEPT_FOR),
    ],
    ids=["a week", "an hour", "ended"],
)
async def test_a_record_expires_with_its_end(
    redis: Redis, stored: Delegation, seconds: int
) -> None:
    """And at least a day later than it was written"""
    assert await in_redis(redis).replace(None, stored, ENTRY, "")
    assert seconds - 60 <= await redis.ttl(names.delegation(ADA)) <= seconds
    assert 0 == await redis.xlen(names.NOTICES)


async def test_a_record_of_the_former_version_counts(redis: Redis) -> None:
    """It has neither the delegate's name nor a job; any command replaces it"""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    former = {"to": str(MIA), "until": (AT + WEEK).isoformat()}
    key = names.delegation(ADA)
    assert await ledger.write(ENTRY, (open_signed(store, ledger).hset(key, former),))
    await redis.zadd(names.DELEGATIONS, {str(ADA): (AT + WEEK).timestamp()})
    delegations = in_redis(redis)
    found = await delegations.find(ADA)
    assert Delegation(ADA, MIA, AT + WEEK) == found
    assert found.replaceable("j1", AT)
    assert [found] == await delegations.current(AT)
    assert await delegations.replace(found, ENDED, ENTRY, "told")
    assert [] == await delegations.current(AT)


async def test_an_ended_record_of_the_former_version_names_no_delegate(redis: Redis) -> None:
    """Even where the index still leads to it"""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    ended = {"to": "", "until": (AT + WEEK).isoformat()}
    key = names.delegation(ADA)
    assert await ledger.write(ENTRY, (open_signed(store, ledger).hset(key, ended),))
    await redis.zadd(names.DELEGATIONS, {str(ADA): (AT + WEEK).timestamp()})
    assert [] == await in_redis(redis).current(AT)
