"""A step of the ledger that cannot succeed: it changes nothing, and delays no other."""

import asyncio
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.names import AUDIT, OUTBOX, PREFIX, REQUESTS_DUE
from bot.adapters.redis.steps import (
    Applied,
    Guard,
    Lost,
    Step,
    Write,
    absent,
    delete,
    equals,
    expire,
    field_is,
    hdel,
    hset,
    set_,
    xadd,
    xtrim,
    zadd,
    zrem,
)
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.pending import PendingCredentials
from bot.domain.requests.notifications import Topic, redraw
from bot.errors import StoreError
from tests.contracts.redis_server import redis, server
from tests.contracts.requests_kept import OVER, requests_of
from tests.contracts.test_redis_ledger import entry, jobs, ledger_of
from tests.unit.requests_made import AT, PENDING

__all__ = ["redis", "server"]

FIRST: Final = (
    set_("a", "1"),
    hset("b", {"x": "1"}),
    zadd("c", 1, "x"),
    xadd("d", {"x": "1"}),
    delete("keep"),
    expire("text", 9),
)
"""Every kind of write, each of which succeeds."""
MISFITS: Final = [
    hset("text", {"x": "1"}),
    hdel("text", "x"),
    zadd("text", 1, "x"),
    zrem("text", "x"),
    xtrim("text", 1),
    xadd("text", {"x": "1"}),
    set_("hash", "1"),
    hset("a", {"x": "1"}),
    zadd("b", 1, "x"),
    set_("d", "1"),
]
"""Writes to a key of another type: one that is there, or one that the step itself would make."""


async def content(redis: Redis) -> dict[str, object]:
    """Read everything, by key: its type, its value, and whether it expires."""
    return {str(key): await _value(redis, str(key)) for key in await redis.keys("*")}


async def _value(redis: Redis, key: str) -> object:
    kind = str(await redis.type(key))
    readers = {"string": ("GET",), "hash": ("HGETALL",), "zset": ("ZRANGE", "0", "-1")}
    verb, *rest = readers.get(kind, ("XRANGE", "-", "+"))
    return kind, await Store(redis).call(verb, key, *rest), await redis.pttl(key) > 0


async def prepared(redis: Redis) -> Ledger:
    """A chain with an entry, and keys of two types."""
    ledger = ledger_of(redis)
    await ledger.commit(Step((entry("first"),)))
    await redis.set("text", "x")
    await redis.set("keep", "x")
    await redis.hset("hash", "x", "1")
    return ledger


@pytest.mark.parametrize("misfit", MISFITS, ids=" ".join)
async def test_a_write_that_cannot_be_carried_out_changes_nothing_at_all(
    misfit: Write, redis: Redis
) -> None:
    """Though it is the last of its step: no write, no entry"""
    ledger = await prepared(redis)
    before = await content(redis)
    with pytest.raises(StoreError, match=misfit[1]):
        await ledger.commit(Step((entry("bad"),), (*FIRST, misfit)))
    assert before == await content(redis)
    assert ["first"] == await jobs(redis)


@pytest.mark.parametrize("misfit", MISFITS, ids=" ".join)
async def test_the_others_of_its_batch_are_decided(misfit: Write, redis: Redis) -> None:
    """Those before it and those behind it, each by its own guards"""
    ledger = await prepared(redis)
    bad = Step((entry("bad"),), (*FIRST, misfit))
    steps = [
        Step((entry("before"),), (set_("e", "1"),)),
        bad,
        Step((entry("behind"),), (set_("f", "1"),), (absent("f"),)),
        Step((entry("loses"),), (), (absent("f"),)),
        bad,
        Step((entry("last"),), (zadd("g", 1, "x"),)),
    ]
    tries = [ledger.commit(step) for step in steps]
    decided = await asyncio.gather(*tries, return_exceptions=True)
    expected = [Applied, StoreError, Applied, Lost, StoreError, Applied]
    assert expected == [type(each) for each in decided]
    assert ["first", "before", "behind", "last"] == await jobs(redis)
    assert 0 == await redis.exists("a", "b", "c", "d")


@pytest.mark.parametrize("guard", [equals("hash", "1"), field_is("text", "x", "1")], ids=" ".join)
async def test_a_guard_that_cannot_be_asked_is_no_guard_that_failed(
    guard: Guard, redis: Redis
) -> None:
    """An error, and nothing happened"""
    ledger = await prepared(redis)
    with pytest.raises(StoreError, match=guard[2]):
        await ledger.commit(Step((entry("bad"),), FIRST, (guard,)))
    assert await redis.get("a") is None
    assert ["first"] == await jobs(redis)


async def test_what_an_earlier_write_deletes_may_become_another_type(redis: Redis) -> None:
    """The check regards the writes before it"""
    ledger = await prepared(redis)
    step = Step((entry("c1"),), (delete("text"), hset("text", {"x": "1"}), zrem("gone", "x")))
    assert Applied() == await ledger.commit(step)
    assert {"x": "1"} == await redis.hgetall("text")


@pytest.mark.parametrize("kind", ["goes on", "went on", "no stream"])
async def test_a_log_that_takes_no_entry_lets_nothing_happen(kind: str, redis: Redis) -> None:
    """It has items behind its head, or had and they were deleted; or it is no stream"""
    ledger = await prepared(redis)
    if kind == "no stream":
        await redis.set(AUDIT, "x")
    else:
        await redis.xadd(AUDIT, {"x": "1"}, id="7-0")
    if kind == "went on":
        await redis.xdel(AUDIT, "7-0")
        ledger = ledger_of(redis)
    before = await content(redis)
    with pytest.raises(StoreError):
        await ledger.commit(Step((entry("bad"),), FIRST))
    assert before == await content(redis)


async def test_a_redis_without_memory_lets_nothing_happen_or_all(redis: Redis) -> None:
    """It refuses a script's first write or none: one that frees memory first goes through"""
    ledger = await prepared(redis)
    await redis.config_set("maxmemory", "1")
    try:
        assert Applied() == await ledger.commit(Step((entry("frees"),), FIRST[::-1]))
        before = await content(redis)
        for writes in (FIRST, ()):
            with pytest.raises(StoreError):
                await ledger.commit(Step((entry("bad"),), writes))
    finally:
        await redis.config_set("maxmemory", "0")
    assert before == await content(redis)
    assert ["first", "frees"] == await jobs(redis)
    assert "1" == await redis.get("a")


async def test_a_text_that_redis_cannot_keep_is_its_own_steps_error(redis: Redis) -> None:
    """Half a surrogate pair is no character; the others of its batch are decided"""
    ledger = await prepared(redis)
    for step in (
        Step((entry("bad"),), (set_("a", "\ud800"),)),
        Step((entry("bad"),), (set_("\ud800", "a"),)),
        Step((entry("bad"),), (), (equals("a", "\ud800"),)),
    ):
        tries = [ledger.commit(step), ledger.commit(Step((entry("good"),)))]
        bad, good = await asyncio.gather(*tries, return_exceptions=True)
        assert isinstance(bad, ValueError)
        assert Applied() == good
    assert ["first", "good", "good", "good"] == await jobs(redis)


def test_a_malformed_step_cannot_be_made() -> None:
    """No empty or endless list of fields, no bad number, no step without an entry"""
    for make in (
        lambda: hset("a", {}),
        lambda: xadd("a", {}),
        lambda: hset("a", dict.fromkeys(map(str, range(1_001)), "x")),
        lambda: xadd("a", dict.fromkeys(map(str, range(1_001)), "x")),
        lambda: zadd("a", float("nan"), "x"),
        lambda: expire("a", 0),
        lambda: expire("a", 10**18),
        lambda: set_("a", "x", -1),
        lambda: Step(()),
    ):
        with pytest.raises(ValueError, match=r"^[a-z0-9 ]+$"):
            make()


async def test_a_request_whose_index_is_broken_is_not_changed(redis: Redis) -> None:
    """The request stays as it was, though it is written first"""
    requests = requests_of(redis)
    await requests.open(PENDING, entry("c1r"), ())
    await redis.set(REQUESTS_DUE, "x")
    with pytest.raises(StoreError):
        await requests.replace(PENDING, OVER, entry("denied"), [redraw("c1r", Topic.DENIED)])
    assert PENDING == await requests.load(PENDING.id)
    assert ["c1r"] == await jobs(redis)
    assert 0 == await redis.exists(OUTBOX)


async def test_credentials_whose_index_is_broken_are_not_kept_by_half(redis: Redis) -> None:
    """Neither the credentials nor their entry exist"""
    ledger = ledger_of(redis)
    hour = timedelta(hours=1)
    signed = open_signed(Store(redis), ledger)
    links = RedisLinks(Store(redis), ledger, signed, link_ttl=hour, claim_ttl=hour)
    owner = PENDING.terms.owner
    await redis.set(f"{PREFIX}claims:{owner}", "x")
    with pytest.raises(StoreError):
        await links.add_pending(
            PendingCredentials("c1", owner, "e", "E", "c", "814", "n", AT), entry()
        )
    assert await links.pending("c1") is None
    assert [] == await jobs(redis)
