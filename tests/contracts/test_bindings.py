"""The port `Bindings`: one suite over the fake and Redis."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.bindings import RedisBindings
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.bindings import Binding, Bound, slack_name
from bot.domain.people import Actor
from bot.flows.ports import Bindings
from tests.contracts.redis_server import redis, server
from tests.fakes.bindings import FakeBindings

__all__ = ["redis", "server"]

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN: Final = Actor("T1", "U1", "E1")
BOB: Final = Actor("T1", "U2")
FIRST: Final = Binding(slack_name(ANN), "c1", AT)


@dataclass(frozen=True)
class Kept:
    """Bindings, and what they left in the audit log and for the security channel."""

    bindings: Bindings
    details: Callable[[], Awaitable[list[str]]]
    notices: Callable[[], Awaitable[list[str]]]


def fake(_: Redis) -> Kept:
    """In memory."""
    bindings = FakeBindings()

    async def details() -> list[str]:
        return [entry.detail for entry in bindings.entries]

    async def notices() -> list[str]:
        return bindings.notices

    return Kept(bindings, details, notices)


def in_redis(redis: Redis) -> Kept:
    """In Redis."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(b"k" * 32))

    async def details() -> list[str]:
        return [json.loads(record.body)["detail"] async for record in ledger.records()]

    async def notices() -> list[str]:
        return [it["text"] for _, it in await store.stream(NOTICES, "-", "+", 100)]

    signed = open_signed(store, ledger, [b"k" * 32])
    return Kept(RedisBindings(store, ledger, signed), details, notices)


KINDS: Final[dict[str, Callable[[Redis], Kept]]] = {"fake": fake, "redis": in_redis}


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Run each test with the fake and with Redis."""
    return KINDS[request.param](redis)


def entry(detail: str) -> Entry:
    """An audit entry, distinguished by its detail."""
    return Entry(AT, AuditEvent.BOUND, "identify", ANN, detail=detail)


async def test_a_first_use_binds_both_with_an_entry(kept: Kept) -> None:
    """Found by the Slack user and by the Cloudinary user"""
    assert Bound() == await kept.bindings.bound(ANN, "c1")
    assert await kept.bindings.bind(FIRST, entry("first"))
    assert Bound(FIRST, FIRST) == await kept.bindings.bound(ANN, "c1")
    assert Bound(FIRST, None) == await kept.bindings.bound(ANN, "c2")
    assert Bound(None, FIRST) == await kept.bindings.bound(BOB, "c1")
    assert ["first"] == await kept.details()


@pytest.mark.parametrize(
    "second", [FIRST, replace(FIRST, cloudinary_id="c2"), replace(FIRST, slack=slack_name(BOB))]
)
async def test_what_is_bound_is_not_bound_again(kept: Kept, second: Binding) -> None:
    """Neither by the same Slack user nor to the same Cloudinary user; nothing is recorded"""
    await kept.bindings.bind(FIRST, entry("first"))
    assert not await kept.bindings.bind(second, entry("second"))
    assert Bound(FIRST, FIRST) == await kept.bindings.bound(ANN, "c1")
    assert ["first"] == await kept.details()


async def test_of_many_first_uses_at_once_one_binds(kept: Kept) -> None:
    """All of them then read the same binding"""
    every = [replace(FIRST, slack=slack_name(Actor("T1", f"U{n}"))) for n in range(20)]
    answers = await asyncio.gather(*(kept.bindings.bind(it, entry(it.slack)) for it in every))
    winner = every[answers.index(True)]
    assert 1 == sum(answers)
    assert winner == (await kept.bindings.bound(ANN, "c1")).holder
    assert [winner.slack] == await kept.details()


async def test_a_link_moves_one_and_releases_whom_it_replaces(kept: Kept) -> None:
    """ANN moves from c1 to c2, which BOB had; BOB and c1 are free again"""
    other = Binding(slack_name(BOB), "c2", AT)
    await kept.bindings.bind(FIRST, entry("first"))
    await kept.bindings.bind(other, entry("other"))
    before = await kept.bindings.bound(ANN, "c2")
    assert Bound(FIRST, other) == before
    linked = Binding(slack_name(ANN), "c2", AT, by="r1")
    assert await kept.bindings.link(linked, before, entry("link"))
    assert Bound(linked, linked) == await kept.bindings.bound(ANN, "c2")
    assert Bound() == await kept.bindings.bound(BOB, "c1")


async def test_a_link_on_what_changed_meanwhile_changes_nothing(kept: Kept) -> None:
    """The second of two equal links loses"""
    await kept.bindings.bind(FIRST, entry("first"))
    before = await kept.bindings.bound(ANN, "c2")
    linked = Binding(slack_name(ANN), "c2", AT.replace(hour=13), by="r1")
    assert await kept.bindings.link(linked, before, entry("link"))
    again = replace(linked, by="r2")
    assert not await kept.bindings.link(again, before, entry("again"))
    assert Bound(linked, linked) == await kept.bindings.bound(ANN, "c2")
    assert ["first", "link"] == await kept.details()


async def test_a_release_frees_both(kept: Kept) -> None:
    """Once; what changed meanwhile stays, and so does what another one holds"""
    await kept.bindings.bind(FIRST, entry("first"))
    before = await kept.bindings.bound(ANN, "c1")
    later = Bound(replace(FIRST, at=AT.replace(hour=13)), before.holder)
    assert not await kept.bindings.release(later, entry("later"))
    assert not await kept.bindings.release(Bound(), entry("none"))
    assert await kept.bindings.release(before, entry("release"))
    assert not await kept.bindings.release(before, entry("again"))
    assert Bound() == await kept.bindings.bound(ANN, "c1")
    assert ["first", "release"] == await kept.details()


async def test_the_same_report_is_told_once(kept: Kept) -> None:
    """Another one, and one after a link, is told again"""
    await kept.bindings.bind(FIRST, entry("first"))
    for problem in ("a", "a", "b"):
        await kept.bindings.report(ANN, problem, f"notice {problem}", entry(problem))
    assert ["notice a", "notice b"] == await kept.notices()
    before = await kept.bindings.bound(ANN, "c2")
    await kept.bindings.link(replace(FIRST, cloudinary_id="c2"), before, entry("link"))
    assert await kept.bindings.report(ANN, "b", "notice b again", entry("b"))
    assert ["first", "a", "b", "link", "b"] == await kept.details()
