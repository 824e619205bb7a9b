import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.chain import PAGE
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.steps import (
    Applied,
    Guard,
    Lost,
    Step,
    absent,
    delete,
    equals,
    exists,
    field_is,
    hset,
    set_,
    xadd,
)
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head
from bot.domain.verification import Empty, Intact, Retired, verify
from bot.errors import StoreError
from tests.contracts.cutting_proxy import Cut, CuttingProxy, cutting
from tests.contracts.redis_server import SOCKET, connected, redis, server, unreachable

__all__ = ["redis", "server", "unreachable"]

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY: Final = ChainKey(b"k" * 32)
NEWER: Final = ChainKey(b"n" * 32)
UNSEEN: Final = absent("seen")
CUTS: Final = [Cut.REQUEST, Cut.ANSWER, pytest.param(Cut.LATE)]
ONCE: Final = (set_("seen", "1"), xadd("list", {"x": "1"}))


def entry(job: str = "c1") -> Entry:
    """An audit entry."""
    return Entry(AT, AuditEvent.DONE, "key:disable", job=job)


def ledger_of(redis: Redis, key: ChainKey = KEY) -> Ledger:
    """A ledger, as each process has one."""
    return Ledger(redis, Store(redis), key)


@asynccontextmanager
async def behind_proxy(server: Path, directory: Path) -> AsyncIterator[tuple[Ledger, CuttingProxy]]:
    """A ledger whose connection can be cut; the server knows its script."""
    socket = directory / SOCKET
    async with cutting(server, socket) as proxy, connected(socket) as cut:
        ledger = ledger_of(cut)
        await ledger.commit(Step((entry("first"),)))
        yield ledger, proxy


async def jobs(redis: Redis) -> list[str]:
    """Verify the chain and list its jobs."""
    ledger = ledger_of(redis)
    records = [record async for record in ledger.records()]
    proven = verify(records, await ledger.head(), [NEWER, KEY])
    assert isinstance(proven, Intact | Empty | Retired)
    return [record.body.split('"errand":"')[1].split('"')[0] for record in records]


async def test_a_step_writes_and_tells_in_one(redis: Redis) -> None:
    """State and entries, in order"""
    writes = (set_("a", "\u6771\n\x00"), hset("b", {"x": "1", "y": ""}), delete("gone"))
    step = Step((entry("c1"), entry("c2")), writes)
    assert Applied() == await ledger_of(redis).commit(step)
    assert ["c1", "c2"] == await jobs(redis)
    assert "\u6771\n\x00" == await redis.get("a")
    assert {"x": "1", "y": ""} == await redis.hgetall("b")


async def test_an_empty_chain_has_a_head(redis: Redis) -> None:
    """Nothing happened yet"""
    assert Head() == await ledger_of(redis).head()
    assert [] == await jobs(redis)


@pytest.mark.parametrize(
    ("guards", "place"),
    [
        ((absent("there"),), 0),
        ((exists("gone"),), 0),
        ((equals("there", "2"),), 0),
        ((equals("gone", "false"),), 0),
        ((equals("there", "1"), equals("gone", "")), 1),
        ((absent("gone"), field_is("gone", "field", "0")), 1),
    ],
)
async def test_a_guard_that_fails_changes_nothing(
    guards: tuple[Guard, ...], place: int, redis: Redis
) -> None:
    """Neither the state nor the audit log; the first that failed is named"""
    await redis.set("there", "1")
    step = Step((entry(),), (set_("written", "1"),), guards)
    assert Lost(place) == await ledger_of(redis).commit(step)
    assert await redis.get("written") is None
    assert [] == await jobs(redis)


async def test_a_guard_that_holds_lets_the_step_through(redis: Redis) -> None:
    """An absent key, and a value"""
    await redis.set("there", "1")
    guards = (UNSEEN, equals("there", "1"), exists("there"))
    assert Applied() == await ledger_of(redis).commit(Step((entry(),), ONCE, guards))


async def test_one_of_many_wins_a_race(redis: Redis, server: Path) -> None:
    """Across processes, the losers change nothing"""
    async with connected(server) as other:
        ledgers = [ledger_of(redis), ledger_of(other)]
        step = Step((entry(),), ONCE, (UNSEEN,))
        tries = [ledger.commit(step) for ledger in ledgers for _ in range(20)]
        verdicts = await asyncio.gather(*tries)
    assert [1, 39] == [sum(isinstance(v, kind) for v in verdicts) for kind in (Applied, Lost)]
    assert 1 == await redis.xlen("list")
    assert 1 == len(await jobs(redis))


async def test_two_processes_keep_one_chain(redis: Redis, server: Path) -> None:
    """Each entry is there once, and the chain is read in pages"""
    async with connected(server) as other:
        steps = [
            ledger.commit(Step((entry(f"{name}{number}"),)))
            for name, ledger in (("a", ledger_of(redis)), ("b", ledger_of(other)))
            for number in range(300)
        ]
        await asyncio.gather(*steps)
    told = await jobs(redis)
    assert len(told) > PAGE
    assert sorted(f"{name}{number}" for name in "ab" for number in range(300)) == sorted(told)


async def _turns() -> None:
    """Let every task go on that waits for nothing outside."""
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.parametrize("cut", CUTS)
async def test_a_line_that_is_cut_tells_nothing_twice(
    cut: Cut, redis: Redis, server: Path, tmp_path: Path
) -> None:
    """The step happens once, whether it had happened before the cut or not"""
    async with behind_proxy(server, tmp_path) as (ledger, proxy):
        proxy.cuts = [cut]
        verdict = await ledger.commit(Step((entry("c1"),), ONCE, (UNSEEN,)))
        assert isinstance(verdict, Applied)
        assert not proxy.cuts
        await _turns()
        assert ledger._sending
        assert ledger._sending.done(), "it sends on, with no step left"
        await ledger.commit(Step((entry("c2"),)))
    assert ["first", "c1", "c2"] == await jobs(redis)
    assert 1 == await redis.xlen("list")


async def test_a_line_that_was_cut_finds_its_own_step_behind_others(
    redis: Redis, server: Path, tmp_path: Path
) -> None:
    """Another process extended the chain in between"""
    async with behind_proxy(server, tmp_path) as (ledger, proxy):
        proxy.cuts = [Cut.ANSWER]
        await asyncio.gather(
            ledger.commit(Step((entry("mine"),), ONCE, (UNSEEN,))),
            ledger_of(redis).commit(Step((entry("theirs"),))),
        )
    assert ["first", "mine", "theirs"] == sorted(await jobs(redis))


@pytest.mark.parametrize("cut", CUTS)
async def test_a_step_without_guards_is_told_once_too(
    cut: Cut, redis: Redis, server: Path, tmp_path: Path
) -> None:
    """Only the chain itself shows that it happened"""
    async with behind_proxy(server, tmp_path) as (ledger, proxy):
        proxy.cuts = [cut]
        await ledger.commit(Step((entry("c1"),)))
    assert ["first", "c1"] == await jobs(redis)


@pytest.mark.parametrize("cuts", [[Cut.ANSWER, Cut.REQUEST], [Cut.REQUEST, Cut.REQUEST]])
async def test_a_line_that_is_cut_again_and_again_is_an_error(
    cuts: list[Cut], redis: Redis, server: Path, tmp_path: Path
) -> None:
    """What happened is not known; the chain is valid, and the next step is committed"""
    async with behind_proxy(server, tmp_path) as (ledger, proxy):
        proxy.cuts = list(cuts)
        with pytest.raises(StoreError):
            await ledger.commit(Step((entry("c1"),)))
        await ledger.commit(Step((entry("c2"),)))
    kept = ["c1"] if Cut.ANSWER in cuts else []
    assert ["first", *kept, "c2"] == await jobs(redis)


async def test_a_server_that_is_away_is_an_error(unreachable: Redis) -> None:
    """For writes and for reads"""
    with pytest.raises(StoreError):
        await ledger_of(unreachable).commit(Step((entry(),)))
    with pytest.raises(StoreError):
        await ledger_of(unreachable).head()
