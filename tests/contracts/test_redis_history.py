"""History in Redis: the epoch, the halt that all processes share, and the steps that it refuses."""

from dataclasses import replace
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis.history import UNREADABLE, History
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD, EPOCH, HALTED
from bot.adapters.redis.steps import Step, delete, set_
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.domain.audit import ChainKey
from bot.domain.history import Epoch
from bot.errors import Halted
from tests.contracts.records_kept import ENTRY, rotated
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

KEY: Final = ChainKey(b"k" * 32)
STEP: Final = Step((ENTRY,), (set_("{keysmith}:effect", "1"),))


def process(redis: Redis, *, recovering: bool = False) -> Ledger:
    """One process."""
    store = Store(redis)
    return Ledger(
        redis, store, KEY, history=History(store, Keyring([KEY.secret]), recovering=recovering)
    )


async def dump(redis: Redis) -> dict[str, bytes]:
    """Copy every key."""
    raw = redis.__class__(connection_pool=redis.connection_pool)
    keys = [str(key) for key in await raw.keys("*")]
    return {key: (await raw.execute_command("DUMP", key, NEVER_DECODE=True)) for key in keys}  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def restore(redis: Redis, copies: dict[str, bytes]) -> None:
    """Put the copies in place of everything."""
    await redis.flushall()
    for key, copy in copies.items():
        await redis.restore(key, 0, copy)


async def test_the_first_entry_begins_an_epoch_that_all_processes_share(redis: Redis) -> None:
    """Also where both begin at once; a step that is lost begins none"""
    one, two = process(redis), process(redis)
    assert not await one.write(ENTRY, (), ("1", "EXISTS", "nothing"))  # type: ignore[arg-type]  # a guard
    assert await redis.get(EPOCH) is None
    await one.commit(STEP)
    await two.commit(STEP)
    await one.commit(STEP)
    assert str(one.history.epoch) == str(two.history.epoch) == await redis.get(EPOCH)
    assert not await one.history.look()


async def test_a_redis_of_the_former_version_is_adopted(redis: Redis) -> None:
    """It has a log and no epoch; so has one to which the former version still writes"""
    one = process(redis)
    await one.commit(STEP)
    await redis.delete(EPOCH)
    two = process(redis)
    assert not await two.history.look()
    await two.commit(STEP)
    assert await redis.get(EPOCH)


@pytest.mark.parametrize("how", ["flushed", "older", "other", "epoch"])
async def test_no_step_follows_a_history_that_went_back(how: str, redis: Redis) -> None:
    """The first step notices it and nothing of it happens; other and later processes halt too"""
    one, idle = process(redis), process(redis)
    await one.commit(STEP)
    older = await dump(redis)
    await one.commit(STEP)
    await idle.history.look()
    if how == "epoch":
        await redis.set(EPOCH, str(Epoch.new(1, KEY)))
    else:
        await restore(redis, {} if how == "flushed" else older)
    if how == "other":
        for _ in range(3):
            await process(redis).commit(Step((replace(ENTRY, detail="another"),)))
    await redis.delete("{keysmith}:effect")
    head = await redis.get(AUDIT_HEAD)

    with pytest.raises(Halted):
        await one.commit(STEP)

    assert await redis.exists(HALTED)
    for each in (idle, process(redis)):
        assert await each.history.look()
        with pytest.raises(Halted):
            await each.commit(STEP)
    assert not await redis.exists("{keysmith}:effect")
    assert head == await redis.get(AUDIT_HEAD)


@pytest.mark.parametrize(
    "stored",
    ["", "by hand", '{"at":"2026-03-01T12:00:00","epoch":"","mac":"","reason":"","seq":0}'],
)
async def test_a_halt_without_a_reason_is_one(stored: str, redis: Redis) -> None:
    """The script refuses each step then, so no process may take itself for ready"""
    one = process(redis)
    await one.commit(STEP)
    await redis.set(HALTED, stored)
    assert await one.history.look() == UNREADABLE
    assert await one.history.behind() == UNREADABLE
    found = await one.history.halt()
    assert found
    assert found.reason == UNREADABLE
    with pytest.raises(Halted):
        await one.commit(STEP)


async def test_a_halt_that_is_removed_by_hand_comes_back(redis: Redis) -> None:
    """With the highest head that any process saw"""
    one, two = process(redis), process(redis)
    for each in (one, two, two):
        await each.commit(STEP)
    await redis.flushall()
    assert await one.history.look()
    await redis.delete(HALTED)
    assert await one.history.look()
    assert await two.history.look()
    halt = await one.history.halt()
    assert halt
    assert halt.seen.head.seq == 3


async def test_every_process_goes_on_after_a_recovery(redis: Redis) -> None:
    """Those that remember more accept the new epoch, and only one that a key of ours proves"""
    one, idle = process(redis), process(redis)
    await one.commit(STEP)
    older = await dump(redis)
    await one.commit(STEP)
    await idle.history.look()
    await restore(redis, older)
    assert await one.history.look()
    recovery = process(redis, recovering=True)
    told = list[str]()
    one.history.on_recovery = lambda: told.append("recovered")
    writes = (set_(EPOCH, str(Epoch.new(2, KEY))), delete(HALTED))
    await recovery.commit(Step((ENTRY,), writes))

    for each in (one, idle):
        assert not await each.history.look()
        await each.commit(STEP)
    assert ["recovered"] == told
    await redis.delete(AUDIT, AUDIT_HEAD)
    await redis.set(EPOCH, str(Epoch.new(3, ChainKey(b"a" * 32))))
    assert await one.history.look()


async def test_security_is_told_by_one_process(redis: Redis) -> None:
    """Another one may try after a while, unless it was told"""
    one, two = (
        History(Store(redis), Keyring([KEY.secret])),
        History(Store(redis), Keyring([KEY.secret])),
    )
    assert await one.may_tell()
    assert not await two.may_tell()
    await one.told()
    assert await redis.ttl("{keysmith}:halt-told") == -1


async def test_a_retired_key_begins_no_epoch(redis: Redis) -> None:
    """Its holder sets Redis back to a state after the rotation, and calls that a recovery"""
    keys = (b"n" * 32, KEY.secret)
    await process(redis).commit(STEP)
    assert await rotated(redis, *keys)
    one = open_ledger(redis, keys)
    await one.signing.look()
    await one.commit(STEP)
    older = await dump(redis)
    await one.commit(STEP)
    await restore(redis, older)
    await redis.set(EPOCH, str(Epoch.new(10**12, KEY)))
    assert await one.history.look()


async def test_an_epoch_is_believed_after_a_rotation_too(redis: Redis) -> None:
    """By a process that ran before the recovery; one that runs on notices no other epoch"""
    keys = (b"n" * 32, KEY.secret)
    absent, running = open_ledger(redis, keys), open_ledger(redis, keys)
    await process(redis).commit(STEP)
    await absent.history.look()
    await redis.set(EPOCH, str(Epoch.new(10**12, KEY)))  # as a recovery does
    await running.history.look()
    assert await rotated(redis, *keys)
    for ledger in (running, absent):
        assert not await ledger.history.look()
        await ledger.commit(STEP)
    assert Epoch.parse(str(await redis.get(EPOCH))).proven([ChainKey(keys[0])])
