"""One suite over the records of keys in memory and in Redis; and what other steps write to them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.signed import Signed
from bot.domain.audit import AuditEvent, Entry
from bot.domain.jobs import Job, Reply
from bot.domain.key_records import MOST_LINES, SEEN_RENAMED, Happened, KeyRecord, Line
from bot.domain.keys import ROTATED, Key, LastChange
from bot.domain.links import SealedBundle
from bot.domain.pending import OwnKey, PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic, to_person
from bot.domain.secret import Secret
from bot.flows.ports import Done
from bot.flows.record_ports import KeyRecords
from tests.contracts.records_kept import SPAN, Storage
from tests.contracts.redis_server import redis, server
from tests.fakes.jobs import FakeJobs
from tests.fakes.key_records import FakeKeyRecords
from tests.fakes.requests import FakeRequests
from tests.unit.requests_made import PENDING as REQUEST

__all__ = ["redis", "server"]

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER: Final = AT + timedelta(days=1)
ANN: Final = Actor("T1", "U1", "E1")
BOB: Final = Actor("T1", "U2")
ENTRY: Final = Entry(AT, AuditEvent.DONE, "key:create", ANN)
RECORD: Final = KeyRecord(
    *("814", "e1", "ci-bot"),
    enabled=False,
    first_seen_at=AT,
    seen_at=AT,
    purpose="CI",
    request="r1",
    expires_at=LATER,
    tags=("ci",),
    history=(Line(AT, Happened.CREATED, ANN),),
    claimed=False,
)
PENDING: Final = PendingCredentials("p1", BOB, "e1", "Shop", "shop", "814", "ci-bot", AT)
KEY: Final = Key("814", "ci", enabled=True, root=False, created_at=AT, updated_at=AT)
JOB: Final = Job("j1", ANN, "key rename ci-bot ci", "key:rename", Reply(), AT)
TOLD: Final = to_person("", Topic.LEFT, "U2")


@pytest.fixture(params=["fake", "redis"])
async def records(request: pytest.FixtureRequest, redis: Redis) -> KeyRecords:
    """Each implementation."""
    return FakeKeyRecords() if request.param == "fake" else Storage(redis).stores.records


async def test_a_record_is_read_as_it_was_written(records: KeyRecords) -> None:
    """Alone and among many; a key of before has none"""
    assert await records.replace(None, RECORD, ENTRY, [TOLD], "told")
    other = KeyRecord("815", "e1", "web", enabled=True, first_seen_at=LATER, seen_at=LATER)
    assert await records.replace(None, other, ENTRY)
    assert RECORD == await records.find("814")
    assert await records.find("816") is None
    assert {"814": RECORD, "815": other} == await records.find_many(["814", "815", "816"])
    assert [other, RECORD] == await records.listed(0, 10)
    assert [RECORD] == await records.listed(1, 1)
    assert {} == await records.find_many([])


async def test_an_owner_is_assigned_with_the_record(redis: Redis) -> None:
    """In one step: the former owner has the key no longer"""
    stores = Storage(redis).stores
    await stores.links.add_pending(PENDING, ENTRY, RECORD)
    assert ["814"] == [own.api_key for own in await stores.links.keys_of(BOB)]
    own = OwnKey(ANN, "e1", "814")
    assert not await stores.records.replace(None, RECORD, ENTRY, own=own)
    assert BOB == (await stores.links.owners_of(["814"]))["814"].owner
    assert await stores.records.replace(RECORD, replace(RECORD, tags=()), ENTRY, own=own)
    assert own == await stores.links.owner_of("814")
    assert [own] == await stores.links.keys_of(ANN)
    assert [] == await stores.links.keys_of(BOB)
    assert 0 == await redis.zcard(names.keys_of(BOB))


async def test_co_owners_are_kept_with_the_owner(redis: Redis) -> None:
    """In the index of each person; who is none any more has the key no longer"""
    stores = Storage(redis).stores
    await stores.records.replace(None, RECORD, ENTRY, own=OwnKey(ANN, "e1", "814"))
    shared = OwnKey(ANN, "e1", "814", (BOB,))
    assert await stores.records.replace(RECORD, replace(RECORD, tags=()), ENTRY, own=shared)
    assert shared == await stores.links.owner_of("814")
    assert [shared] == await stores.links.keys_of(BOB)
    alone, now = replace(shared, also=()), replace(RECORD, tags=("ci",))
    assert not await stores.records.replace(RECORD, now, ENTRY, own=alone)
    assert await stores.records.replace(replace(RECORD, tags=()), now, ENTRY, own=alone)
    assert [] == await stores.links.keys_of(BOB)
    assert 0 == await redis.zcard(names.keys_of(BOB))
    assert [alone] == await stores.links.keys_of(ANN)


async def test_who_adds_themselves_to_a_stored_owner_is_not_believed(redis: Redis) -> None:
    """The whole record counts as none"""
    stores = Storage(redis).stores
    await stores.records.replace(None, RECORD, ENTRY, own=OwnKey(ANN, "e1", "814"))
    await redis.hset(names.owner("814"), "also", str(BOB))
    assert await stores.links.owner_of("814") is None


async def test_of_two_changes_of_one_record_the_second_changes_nothing(records: KeyRecords) -> None:
    """It is told so, and reads again"""
    assert await records.replace(None, RECORD, ENTRY)
    noted = replace(RECORD, purpose="Deploys")
    assert not await records.replace(None, noted, ENTRY)
    assert await records.replace(RECORD, noted, ENTRY)
    assert not await records.replace(RECORD, replace(RECORD, tags=()), ENTRY)
    assert noted == await records.find("814")


async def test_of_many_at_the_same_time_one_is_stored(redis: Redis) -> None:
    """Whichever process wrote it"""
    each = [Storage(redis).stores.records.replace(None, RECORD, ENTRY) for _ in range(5)]
    assert 1 == (await asyncio.gather(*each)).count(True)
    assert -1 == await redis.ttl(names.key_record("814"))


@pytest.mark.parametrize("kind", ["fake", "redis"])
async def test_the_end_of_a_change_writes_the_record(kind: str, redis: Redis) -> None:
    """In the same step, of what it changed; a key without a record gets none"""
    storage = Storage(redis)
    jobs, records = storage.stores.jobs, storage.stores.records
    fake = FakeJobs()
    any_jobs, any_records = (fake, fake.records) if kind == "fake" else (jobs, records)
    await any_records.replace(None, RECORD, ENTRY)
    for job in (JOB, replace(JOB, id="j2")):
        await any_jobs.accept(job, job.id, ENTRY)
    change = LastChange("renamed", "Ann", LATER, "j1")
    assert await any_jobs.finish(JOB, ENTRY, Done("814", change, key=KEY))
    found = await any_records.find("814")
    assert found
    assert ("ci", False, LATER) == (found.name, found.enabled, found.seen_at)
    assert (Line(LATER, "renamed", ANN, "ci", "j1"), *RECORD.history) == found.history
    unknown = replace(KEY, api_key="815")
    assert await any_jobs.finish(replace(JOB, id="j2"), ENTRY, Done("815", change, key=unknown))
    assert await any_records.find("815") is None


@pytest.mark.parametrize("kind", ["fake", "redis"])
@pytest.mark.parametrize("seen", [AT, LATER])
async def test_a_name_that_was_seen_since_the_change_began_stays(
    seen: datetime, kind: str, redis: Redis
) -> None:
    """It was told; one that was seen before is overtaken"""
    stores, fake = Storage(redis).stores, FakeJobs()
    jobs, records = (fake, fake.records) if kind == "fake" else (stores.jobs, stores.records)
    lines = (Line(seen, SEEN_RENAMED, None, "mine"), *RECORD.history)
    await records.replace(None, replace(RECORD, name="mine", history=lines), ENTRY)
    await jobs.accept(JOB, JOB.id, ENTRY)
    begun = await jobs.begin(JOB, "renamed", replace(ENTRY, at=AT + timedelta(minutes=1)))
    change = LastChange("renamed", "Ann", LATER + timedelta(minutes=1), "j1")
    assert await jobs.finish(begun, ENTRY, Done("814", change, key=KEY))
    found = await records.find("814")
    assert found
    assert ("mine" if seen == LATER else "ci") == found.name


@pytest.mark.parametrize("kind", ["fake", "redis"])
async def test_the_end_of_access_and_a_deletion_write_the_record(kind: str, redis: Redis) -> None:
    """Likewise, with the request's change"""
    stores, fake = Storage(redis).stores, FakeRequests(FakeJobs())
    requests = fake if kind == "fake" else stores.requests
    records = fake.jobs.records if kind == "fake" else stores.records
    await records.replace(None, replace(RECORD, enabled=True), ENTRY)
    granted = replace(REQUEST, state=State.CLAIMED, made="814", ends_at=LATER)
    await requests.open(granted, ENTRY, ())
    ended = replace(granted, ended=True, version=granted.version + 1)
    assert await requests.replace(granted, ended, ENTRY)
    found = await records.find("814")
    assert found
    assert (False, "ended") == (found.enabled, found.history[0].what)
    until = LATER + timedelta(days=1)
    renewed = replace(ended, ended=False, enabling=True, ends_at=until, version=ended.version + 1)
    assert await requests.replace(ended, renewed, ENTRY)
    works = replace(renewed, enabling=False, version=renewed.version + 1)
    assert await requests.replace(renewed, works, ENTRY)
    found = await records.find("814")
    assert found
    assert (True, until) == (found.enabled, found.expires_at)
    assert ["enabled", "renewed", "ended"] == [line.what for line in found.history[:3]]
    soaks = replace(
        *(REQUEST,),
        id="r9",
        state=State.DONE,
        delete_at=LATER,
        terms=replace(REQUEST.terms, key="814"),
    )
    await requests.open(soaks, ENTRY, ())
    deleted = replace(soaks, delete_at=None, outcome=Topic.DELETED, version=soaks.version + 1)
    assert await requests.replace(soaks, deleted, replace(ENTRY, at=LATER, actor=None))
    found = await records.find("814")
    assert found
    assert (LATER, Line(LATER, "deleted")) == (found.gone_at, found.history[0])


@pytest.mark.parametrize("kind", ["fake", "redis"])
async def test_a_step_of_a_request_writes_the_records_of_the_keys_that_it_changed(
    kind: str, redis: Redis
) -> None:
    """Each with its last change; a key that is deleted is gone"""
    stores = Storage(redis).stores
    jobs = FakeJobs() if kind == "fake" else stores.jobs
    requests = FakeRequests(jobs) if isinstance(jobs, FakeJobs) else stores.requests
    records = jobs.records if isinstance(jobs, FakeJobs) else stores.records
    other = replace(RECORD, api_key="815")
    for each in (RECORD, other):
        assert await records.replace(None, each, ENTRY)
    await requests.open(REQUEST, ENTRY, ())
    after = replace(REQUEST, version=REQUEST.version + 1)
    stopped = LastChange(ROTATED, "Ann", LATER, REQUEST.id)
    off = replace(KEY, enabled=False)
    done = (
        Done("814", stopped, key=off),
        Done("815", replace(stopped, change=Happened.DELETED), key=replace(off, api_key="815")),
    )
    assert await requests.replace(REQUEST, after, ENTRY, done=done)
    found = await records.find_many(["814", "815"])
    assert [(False, None), (False, LATER)] == [
        (each.enabled, each.gone_at) for each in found.values()
    ]
    assert [ROTATED, Happened.DELETED] == [each.history[0].what for each in found.values()]
    assert stopped == await jobs.last_change("814")


class Interrupted(Signed):
    """Lets something happen, once, right after a key's record was read."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def find_one_of_many(self, key: str) -> dict[str, str]:
        """Read, and let it happen before the caller goes on."""
        found = await super().find_one_of_many(key)
        await self._interrupt(key)
        return found

    async def read_all(
        self, keys: Sequence[str], *beside: tuple[str, ...]
    ) -> tuple[list[dict[str, str]], list[object]]:
        """Read several, and let it happen."""
        found = await super().read_all(keys, *beside)
        await self._interrupt(*keys)
        return found

    async def _interrupt(self, *keys: str) -> None:
        if self.meanwhile and any(key.startswith(names.key_record("")) for key in keys):
            act, self.meanwhile = self.meanwhile, None
            await act()


async def test_collecting_a_key_writes_its_record(redis: Redis) -> None:
    """With the link's opening; a record that changes meanwhile keeps both changes"""
    storage = Storage(redis)
    records, ledger, signed = (
        getattr(storage.stores, it) for it in ("records", "ledger", "signed")
    )
    signed = Interrupted(storage.stores.store, ledger, signed.macs, signed.marks)
    links = RedisLinks(storage.stores.store, ledger, signed, link_ttl=SPAN, claim_ttl=SPAN)
    await links.add_pending(PENDING, ENTRY, RECORD)
    await links.add_pending(PENDING, ENTRY, replace(RECORD, purpose="again"))
    assert RECORD == await records.find("814")
    assert await links.put(SealedBundle("l1", "text", "proof", Secret("key")), PENDING, AT, ENTRY)
    link = await links.find("l1")
    assert link
    assert await links.start(link, AT, ENTRY)
    opening = await links.find("l1")
    assert opening
    noted = replace(RECORD, purpose="Deploys")
    signed.meanwhile = partial(records.replace, RECORD, noted, ENTRY)
    assert "text" == await links.take(opening, PENDING, LATER, ENTRY)
    found = await records.find("814")
    assert found
    assert (True, True, "Deploys") == (found.claimed, found.enabled, found.purpose)
    assert Line(LATER, "collected", BOB) == found.history[0]


async def test_a_history_keeps_its_last_changes(redis: Redis) -> None:
    """So that a record never grows"""
    stores = Storage(redis).stores
    await stores.records.replace(None, RECORD, ENTRY)
    for number in range(MOST_LINES + 5):
        job = replace(JOB, id=f"j{number}")
        await stores.jobs.accept(job, job.id, ENTRY)
        change = LastChange("enabled", "Ann", AT + timedelta(minutes=number), job.id)
        assert await stores.jobs.finish(job, ENTRY, Done("814", change, key=KEY))
    found = await stores.records.find("814")
    assert found
    assert MOST_LINES == len(found.history)
    assert AT + timedelta(minutes=MOST_LINES + 4) == found.history[0].at


@pytest.mark.parametrize("damage", ["doc", "mac"])
async def test_a_record_that_is_not_believed_counts_as_none(redis: Redis, damage: str) -> None:
    """The others are read, the key can be changed, and the record can be written again"""
    stores = Storage(redis).stores
    await stores.records.replace(None, RECORD, ENTRY)
    await stores.records.replace(None, replace(RECORD, api_key="815"), ENTRY)
    await redis.hset(names.key_record("814"), damage, "{}")
    assert await stores.records.find("814") is None
    assert ["815"] == list(await stores.records.find_many(["814", "815"]))
    await stores.jobs.accept(JOB, "d1", ENTRY)
    change = LastChange("renamed", "Ann", LATER, "j1")
    assert await stores.jobs.finish(JOB, ENTRY, Done("814", change, key=KEY))
    assert await stores.records.replace(None, RECORD, ENTRY)
    assert RECORD == await stores.records.find("814")


AT_ONCE = 100


async def test_many_are_read_in_few_round_trips(redis: Redis) -> None:
    """Some hundred in each"""
    stores = Storage(redis).stores
    ids = [str(number) for number in range(1_200)]
    for some in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)):
        writes = [stores.records.replace(None, replace(RECORD, api_key=it), ENTRY) for it in some]
        assert all(await asyncio.gather(*writes))
    before = (await redis.info("commandstats"))["cmdstat_xrange"]["calls"]
    assert set(ids) == set(await stores.records.find_many(ids))
    after = (await redis.info("commandstats"))["cmdstat_xrange"]["calls"]
    assert after - before <= 10
