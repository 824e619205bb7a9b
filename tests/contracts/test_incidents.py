"""One suite over the incidents of leaked keys in memory and in Redis."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.incidents import FOREIGN_KEPT_FOR, RedisIncidents
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed, open_stores
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.incidents import Incident, IncidentState, Report, Source
from bot.domain.keys import LastChange, ProtectionReason
from bot.domain.requests.notifications import leak_to_person, leak_to_security
from bot.errors import NotReplicated
from bot.flows.incident_ports import Incidents
from bot.flows.ports import Done, Jobs
from tests.contracts.jobs_kept import KEY, jobs_of
from tests.contracts.redis_server import redis, server
from tests.fakes.incidents import FakeIncidents
from tests.fakes.jobs import FakeJobs

__all__ = ["redis", "server"]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
SPAN = timedelta(hours=1)
ENTRY = Entry(AT, AuditEvent.MOVED, "report_leak")
REPORTS = tuple(Report(each, AT, "U1", "x", "C1", "1.2", "U2") for each in Source)
NEW = Incident("814", AT, AT, marks=("m",), reports=REPORTS, version=1)
FULL = replace(
    *(NEW,),
    state=IncidentState.DISABLED,
    more=3,
    cloud="shop",
    environment_id="e1",
    environment_name="Shop",
    cloud_name="shop",
    name="ci",
    owner="U1",
    asked=("U1", "U2"),
    by="Ann",
    automatic=True,
    held=ProtectionReason.ROOT,
    unproven=True,
    other_secret=True,
    told=True,
    reviewed_by="Bob",
    told_at=LATER,
    version=2,
)
Kept = tuple[Incidents, Jobs]


def in_redis(redis: Redis) -> tuple[RedisIncidents, Jobs]:
    """Incidents of one process."""
    store, jobs = Store(redis), jobs_of(redis)
    ledger = Ledger(redis, store, ChainKey(KEY))
    return RedisIncidents(store, ledger, open_signed(store, ledger), jobs), jobs


def in_memory(_: Redis) -> tuple[FakeIncidents, Jobs]:
    """The fake."""
    jobs = FakeJobs()
    return FakeIncidents(jobs), jobs


@pytest.fixture(params=[in_memory, in_redis])
async def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Each implementation."""
    make: Callable[[Redis], Kept] = request.param
    return make(redis)


async def test_an_incident_is_read_as_it_was_written(kept: Kept) -> None:
    """Also with every field, and beside it where its message is"""
    incidents, _ = kept
    assert await incidents.load("814") is None
    assert await incidents.write(None, NEW, ENTRY)
    assert NEW == await incidents.load("814")
    assert await incidents.write(NEW, FULL, ENTRY)
    await incidents.place("814", "C1:1.2")
    assert replace(FULL, card="C1:1.2") == await incidents.load("814")


async def test_of_two_writes_of_one_version_one_is_lost(kept: Kept) -> None:
    """And of two new ones"""
    incidents, _ = kept
    assert await incidents.write(None, NEW, ENTRY)
    assert not await incidents.write(None, NEW, ENTRY)
    assert await incidents.write(NEW, FULL, ENTRY)
    assert not await incidents.write(NEW, replace(NEW, version=2), ENTRY)
    assert FULL == await incidents.load("814")


async def test_an_incident_is_due_until_it_is_settled(kept: Kept) -> None:
    """Or until its look is postponed"""
    incidents, _ = kept
    await incidents.write(None, NEW, ENTRY)
    assert [NEW] == await incidents.due(AT, 9)
    await incidents.postpone("814", LATER)
    assert [] == await incidents.due(AT, 9)
    assert [NEW] == await incidents.due(LATER, 9)
    await incidents.write(NEW, replace(NEW, state=IncidentState.FOREIGN, version=2), ENTRY)
    await incidents.postpone("814", LATER)
    assert [] == await incidents.due(LATER, 9)


async def test_the_last_change_of_the_key_is_stored_with_it(kept: Kept) -> None:
    """So that no enabling that was asked for before follows"""
    incidents, jobs = kept
    change = LastChange("disabled", "Keysmith", AT, "leak-814", AT)
    await incidents.write(None, NEW, ENTRY, [], Done("814", change))
    assert change == await jobs.last_change("814")


async def test_what_is_told_goes_ahead_of_other_messages(redis: Redis) -> None:
    """To people as well: a flood of requests delays no response"""
    incidents, _ = in_redis(redis)
    told = [leak_to_security("814", "asked"), leak_to_person("814", "asked", "U1")]
    await incidents.write(None, NEW, ENTRY, told)
    queued = await Store(redis).stream(names.OUTBOX_SECURITY, "-", "+", 9)
    assert told == [read_notification(fields) for _, fields in queued]


async def test_what_is_foreign_is_soon_forgotten_and_what_is_open_never(redis: Redis) -> None:
    """An index may hold no record that expired"""
    incidents, _ = in_redis(redis)
    foreign = replace(NEW, state=IncidentState.FOREIGN, version=2)
    await incidents.write(None, NEW, ENTRY)
    assert -1 == await redis.ttl(names.incident("814"))
    await incidents.write(NEW, foreign, ENTRY)
    assert FOREIGN_KEPT_FOR - 9 < await redis.ttl(names.incident("814")) <= FOREIGN_KEPT_FOR
    await incidents.write(foreign, replace(NEW, version=3), ENTRY)
    assert -1 == await redis.ttl(names.incident("814"))


async def test_a_forged_incident_is_replaced_by_the_next_report(redis: Redis) -> None:
    """It neither counts nor keeps a report from being stored"""
    incidents, _ = in_redis(redis)
    await redis.hset(names.incident("814"), mapping={"doc": "{}", "version": "1", "mac": "x"})
    assert await incidents.load("814") is None
    assert await incidents.write(None, NEW, ENTRY)
    assert NEW == await incidents.load("814")


async def test_a_report_waits_for_the_replicas(redis: Redis) -> None:
    """A failover could lose it, and its key would stay enabled"""
    stores = open_stores(redis, [KEY], link_ttl=SPAN, claim_ttl=SPAN, replicas=1)
    with pytest.raises(NotReplicated):
        await stores.incidents.write(None, NEW, ENTRY)
