"""A record and what is new in the log come in one round trip, as sure as in two."""

import asyncio

import pytest
from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis import names
from bot.adapters.redis.glance import FEW, Glance
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.marks import Marks
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD
from bot.adapters.redis.newest import SET_BACK
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.errors import AlteredRecord
from tests.contracts.records_kept import KEY, RECORDS, Storage
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

TIER = names.tier("1")
AT_ONCE = 16


class Counted(Store):
    """Counts round trips."""

    trips = 0

    async def many(self, *commands: tuple[str, ...]) -> list[object]:
        """Send many."""
        self.trips += 1
        return await super().many(*commands)

    async def call(self, *parts: str) -> object:
        """Send one."""
        self.trips += 1
        return await super().call(*parts)


async def tiers(redis: Redis, *numbers: str) -> None:
    """Write tiers."""
    for number in numbers:
        await RECORDS["tier"].write(Storage(redis), number)


async def changed(redis: Redis) -> None:
    """Change the first tier."""
    change = RECORDS["tier"].change
    assert change
    await change(Storage(redis), "1")


async def test_records_and_the_log_behind_them_cost_one_round_trip(redis: Redis) -> None:
    """One that was written since the last look is believed at once"""
    store = Counted(redis)
    signed = open_signed(store, Ledger(redis, store, Keyring([KEY])))
    await tiers(redis, "1")
    assert await signed.read(TIER)
    await tiers(redis, "2")
    store.trips = 0
    assert await signed.read(names.tier("2"))
    assert 1 == store.trips
    assert all((await signed.read_all((TIER, names.tier("2"))))[0])
    assert 2 == len(await signed.find_many((TIER, names.tier("2"))))
    assert 3 == store.trips


async def test_one_look_answers_all_who_asked_before_it_began(redis: Redis) -> None:
    """The first of them may have begun too early for the others"""
    await tiers(redis, "1")
    store = Counted(redis)
    marks = Marks(store, Keyring([KEY]))
    assert await marks.newest(TIER)
    store.trips = 0
    found = await asyncio.gather(*(marks.newest(TIER) for _ in range(AT_ONCE)))
    assert all(found)
    assert 2 == store.trips


async def test_who_asks_during_a_look_waits_for_the_next_one(redis: Redis) -> None:
    """What was written after the look read the log is not missed"""
    await tiers(redis, "1")
    late = list[asyncio.Task[str | None]]()

    class Late(Store):
        async def call(self, *parts: str) -> object:
            answer = await super().call(*parts)
            if parts[0] == "XRANGE" and not late:
                await tiers(redis, "2")
                late.append(asyncio.create_task(marks.newest(names.tier("2"))))
                await asyncio.sleep(0)
            return answer

    marks = Marks(Late(redis), Keyring([KEY]))
    assert await marks.newest(TIER)
    assert await late[0]


async def test_a_glance_that_others_overtook_takes_nothing_back(redis: Redis) -> None:
    """What it did not see yet stays known"""
    await tiers(redis, "1")
    marks = Marks(Store(redis), Keyring([KEY]))
    first = await marks.newest(TIER)
    _, glance = await marks.glance(("PING",))
    await changed(redis)
    second = await marks.newest(TIER)
    assert second == await marks.newest(TIER, glance) != first


async def _set_back(redis: Redis, marks: Marks) -> tuple[str | None, Glance]:
    """Take the last entry away; give the MAC that is the newest then, and a glance from before."""
    await tiers(redis, "1")
    log, head = await redis.dump(AUDIT), await redis.get(AUDIT_HEAD)
    assert log
    assert head
    first = await marks.newest(TIER)
    await changed(redis)
    _, glance = await marks.glance()
    await marks.newest(TIER)
    await redis.restore(AUDIT, 0, log, replace=True)
    await redis.set(AUDIT_HEAD, head)
    assert SET_BACK == await marks.newest(TIER)
    return first, glance


async def test_a_glance_from_before_a_log_was_set_back_is_not_taken_in(redis: Redis) -> None:
    """It goes on from an entry that is lost"""
    marks = Marks(Store(redis), Keyring([KEY]))
    _, glance = await _set_back(redis, marks)
    assert SET_BACK == await marks.newest(TIER, glance)


async def test_after_a_recovery_a_glance_leaves_nothing_refused(redis: Redis) -> None:
    """The log is read from its start"""
    marks = Marks(Store(redis), Keyring([KEY]))
    first, _ = await _set_back(redis, marks)
    marks.forget()
    _, glance = await marks.glance()
    assert first == await marks.newest(TIER, glance)


async def test_a_glance_at_a_log_that_was_set_back_believes_no_former_record(
    redis: Redis,
) -> None:
    """The log as a whole and the record are as they were before"""
    storage = Storage(redis)
    await tiers(redis, "1")
    log, head, record = await redis.dump(AUDIT), await redis.get(AUDIT_HEAD), await redis.dump(TIER)
    assert log
    assert head
    assert record
    await changed(redis)
    signed = storage.stores.signed
    assert await signed.read(TIER)
    await redis.restore(AUDIT, 0, log, replace=True)
    await redis.set(AUDIT_HEAD, head)
    await redis.restore(TIER, 0, record, replace=True)
    with pytest.raises(AlteredRecord):
        await signed.read(TIER)


async def test_a_glance_that_can_not_see_the_end_of_the_log_believes_nothing_old(
    redis: Redis,
) -> None:
    """An older record is put back behind more entries than a glance reads"""
    storage = Storage(redis)
    await tiers(redis, "1")
    record = await redis.dump(TIER)
    assert record
    signed = storage.stores.signed
    assert await signed.read(TIER)
    await tiers(redis, *(str(number) for number in range(2, FEW + 2)))
    await changed(redis)
    await redis.restore(TIER, 0, record, replace=True)
    with pytest.raises(AlteredRecord):
        await signed.read(TIER)
