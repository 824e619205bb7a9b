"""One suite over what was seen of keys in memory and in Redis, and over the marks of own acts."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.own_acts import KEPT_FOR, RedisOwnActs
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.sightings import EVERY, FIRST_AFTER
from bot.domain.drift import Drifted, Found, OwnAct
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.errors import Conflict, StoreError, Unavailable
from bot.flows.reconcile_ports import OwnActs, Sightings
from tests.contracts.records_kept import AT, ENTRY, LATER, Storage
from tests.contracts.redis_server import redis, server
from tests.contracts.test_key_records import RECORD
from tests.fakes.clock import FakeClock
from tests.fakes.key_records import FakeKeyRecords
from tests.fakes.sightings import FakeOwnActs, FakeSightings

__all__ = ["redis", "server"]

TOLD: Final = Notification("", Audience.SECURITY, Topic.DRIFT, text="{}")
ACT: Final = OwnAct("e1", "814", Drifted.DISABLED)
OTHER: Final = OwnAct("e1", "814", Drifted.RENAMED, "new\nname")
MANY: Final = [Found(None, replace(RECORD, api_key=str(number))) for number in range(300)]


@pytest.fixture(params=["fake", "redis"])
async def sightings(request: pytest.FixtureRequest, redis: Redis) -> Sightings:
    """Each implementation."""
    fake = request.param == "fake"
    return FakeSightings(FakeKeyRecords()) if fake else Storage(redis).stores.sightings


@pytest.fixture(params=["fake", "redis"])
async def acts(request: pytest.FixtureRequest, redis: Redis) -> OwnActs:
    """Each implementation."""
    stores = Storage(redis).stores
    fake = request.param == "fake"
    return (
        FakeOwnActs(FakeClock()) if fake else RedisOwnActs(stores.store, stores.signed, FakeClock())
    )


async def test_something_is_noted_once_at_each_time(sightings: Sightings) -> None:
    """Of two at the same time, one; the other one tells no one"""
    assert await sightings.noted("keys") is None
    assert await sightings.note("keys", None, ENTRY)
    assert not await sightings.note("keys", None, replace(ENTRY, at=LATER))
    assert AT == await sightings.noted("keys")
    again = [sightings.note("keys", AT, replace(ENTRY, at=LATER)) for _ in range(3)]
    assert 1 == (await asyncio.gather(*again)).count(True)
    assert LATER == await sightings.noted("keys")
    assert await sightings.noted("other") is None


async def test_many_records_are_one_step(sightings: Sightings) -> None:
    """All of them, or none where one has changed"""
    assert await sightings.write(MANY, ENTRY, [TOLD])
    assert not await sightings.write(MANY, ENTRY, [TOLD])
    newer = [Found(each.after, replace(each.after, enabled=True)) for each in MANY]
    assert not await sightings.write([MANY[0], *newer[1:]], ENTRY, [TOLD])
    assert await sightings.write(newer, ENTRY, [TOLD])


async def test_what_lost_is_not_told(redis: Redis) -> None:
    """Two processes that see the same change tell it once; one that changes a record wins too"""
    stores = Storage(redis).stores
    each = [Storage(redis).stores.sightings.write(MANY[:3], ENTRY, [TOLD]) for _ in range(4)]
    assert 1 == (await asyncio.gather(*each)).count(True)
    noted = replace(MANY[1].after, purpose="mine")
    assert await stores.records.replace(MANY[1].after, noted, ENTRY)
    again = [Found(it.after, replace(it.after, name="new")) for it in MANY[:3]]
    assert not await stores.sightings.write(again, ENTRY, [TOLD])
    assert noted == await stores.records.find("1")
    queued = await stores.store.stream(names.OUTBOX_SECURITY, "-", "+", 9)
    assert [TOLD] == [read_notification(fields) for _, fields in queued]


async def test_a_record_that_is_not_believed_is_written_again(redis: Redis) -> None:
    """As one that is missing"""
    stores = Storage(redis).stores
    await stores.sightings.write(MANY[:1], ENTRY, [])
    await redis.hset(names.key_record("0"), "doc", "{}")
    assert await stores.sightings.write(MANY[:1], ENTRY, [])
    assert MANY[0].after == await stores.records.find("0")


async def test_one_process_at_a_time_has_the_turn(redis: Redis) -> None:
    """Not at the first start, and then every few minutes"""
    stores = [Storage(redis).stores.sightings for _ in range(3)]
    assert [False] * 3 == [await each.turn() for each in stores]
    due = int(str(await redis.get(names.KEYS_NEXT)))
    await redis.set(names.KEYS_NEXT, due - FIRST_AFTER)
    assert 1 == (await asyncio.gather(*(each.turn() for each in stores))).count(True)
    assert EVERY - FIRST_AFTER - 5 <= int(str(await redis.get(names.KEYS_NEXT))) - due <= EVERY


async def test_a_turn_that_was_set_far_away_comes_all_the_same(redis: Redis) -> None:
    """The time has no proof: another program may have written it"""
    sightings = Storage(redis).stores.sightings
    await sightings.turn()
    due = int(str(await redis.get(names.KEYS_NEXT)))
    await redis.set(names.KEYS_NEXT, due * 10)
    await sightings.turn()
    assert due <= int(str(await redis.get(names.KEYS_NEXT))) <= due + FIRST_AFTER
    await redis.decrby(names.KEYS_NEXT, FIRST_AFTER + EVERY)
    assert await sightings.turn()


async def test_an_act_is_marked_before_it_is_made(acts: OwnActs) -> None:
    """And stays so, unless Cloudinary refused it for certain"""
    async with acts.doing(ACT):
        assert [ACT] == list(await acts.begun([ACT, OTHER]))
    with pytest.raises(Conflict):
        async with acts.doing(OTHER):
            raise Conflict("taken", status=409)
    assert [ACT] == list(await acts.begun([ACT, OTHER]))
    with pytest.raises(Conflict):
        async with acts.doing(ACT):  # the one before may have happened
            raise Conflict("taken", status=409)
    with pytest.raises(Unavailable):
        async with acts.doing(OTHER):
            raise Unavailable("500", maybe_done=True)
    assert {ACT, OTHER} == set(await acts.begun([ACT, OTHER]))


async def test_a_mark_ends(redis: Redis) -> None:
    """Long after any job has ended"""
    stores = Storage(redis).stores
    async with RedisOwnActs(stores.store, stores.signed, FakeClock()).doing(ACT):
        (key,) = await redis.keys(names.own_act("*"))
        assert KEPT_FOR - 9 < await redis.ttl(key) <= KEPT_FOR
    assert timedelta(days=7).total_seconds() == KEPT_FOR


async def test_without_redis_a_key_can_only_be_disabled() -> None:
    """A leak is stopped; nothing else is done that could not be told from a change elsewhere"""
    away = Redis(port=1)
    stores = Storage(away).stores
    acts = RedisOwnActs(stores.store, stores.signed, FakeClock())
    async with acts.doing(ACT):
        pass
    with pytest.raises(StoreError):
        async with acts.doing(OTHER):
            pass
