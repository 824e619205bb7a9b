"""The port `Bindings`: one suite over the fake and Redis."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.bindings import RedisBindings
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.bindings import Binding, Bound, binding_fault, slack_name
from bot.domain.people import Actor, IdentityReason
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
    lose: Callable[[str, str], Awaitable[object]]
    """Remove the record of a Slack user and that of a Cloudinary user; an empty name is none."""


def fake(_: Redis) -> Kept:
    """In memory."""
    bindings = FakeBindings()

    async def details() -> list[str]:
        return [entry.detail for entry in bindings.entries]

    async def notices() -> list[str]:
        return bindings.notices

    async def lose(slack: str, cloudinary_id: str) -> None:
        bindings.lose(slack, cloudinary_id)

    return Kept(bindings, details, notices, lose)


def in_redis(redis: Redis) -> Kept:
    """In Redis."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(b"k" * 32))

    async def details() -> list[str]:
        return [json.loads(record.body)["detail"] async for record in ledger.records()]

    async def notices() -> list[str]:
        return [it["text"] for _, it in await store.stream(NOTICES, "-", "+", 100)]

    signed = open_signed(store, ledger)

    async def lose(slack: str, cloudinary_id: str) -> object:
        return await redis.delete(names.binding(slack), names.binding_of(cloudinary_id))

    return Kept(RedisBindings(store, ledger, signed), details, notices, lose)


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


class Meanwhile(Signed):
    """Signed records; after the first one was read, another process does something."""

    then: Callable[[], Awaitable[object]] | None = None

    async def read_lasting(self, key: str) -> dict[str, str]:
        """Read a record."""
        found = await super().read_lasting(key)
        then, self.then = self.then, None
        if then:
            await then()
        return found


async def test_a_first_use_while_both_are_read_is_no_other_account(redis: Redis) -> None:
    """One person's first commands come together; each reads two records, one after the other"""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(b"k" * 32))
    signed = open_signed(store, ledger)
    slow = Meanwhile(store, ledger, signed.macs, signed.marks)
    slow.then = partial(RedisBindings(store, ledger, signed).bind, FIRST, entry("first"))
    assert Bound(FIRST, FIRST) == await RedisBindings(store, ledger, slow).bound(ANN, "c1")


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
    assert not await kept.bindings.release(FIRST.slack, later, entry("later"))
    assert not await kept.bindings.release(FIRST.slack, Bound(), entry("none"))
    assert await kept.bindings.release(FIRST.slack, before, entry("release"))
    assert not await kept.bindings.release(FIRST.slack, before, entry("again"))
    assert Bound() == await kept.bindings.bound(ANN, "c1")
    assert ["first", "release"] == await kept.details()


LOST: Final = {
    "own": ((FIRST.slack, ""), Bound(None, FIRST, unreadable=True)),
    "holder": (("", "c1"), Bound(FIRST, None, unreadable=True)),
    "both": ((FIRST.slack, "c1"), Bound(None, None, unreadable=True)),
}


@pytest.mark.parametrize("lost", LOST)
async def test_a_removed_binding_is_no_first_use(kept: Kept, lost: str) -> None:
    """Neither for the person, nor for another one who matches the Cloudinary user"""
    await kept.bindings.bind(FIRST, entry("first"))
    removed, expected = LOST[lost]
    await kept.lose(*removed)
    bound = await kept.bindings.bound(ANN, "c1")
    assert expected == bound
    assert not bound.free
    assert IdentityReason.UNREADABLE_BINDING is binding_fault(ANN, "c1", bound)
    assert (lost != "holder") == (await kept.bindings.bound(ANN, "c9")).unreadable
    assert (lost != "own") == (await kept.bindings.bound(BOB, "c1")).unreadable


@pytest.mark.parametrize("lost", LOST)
async def test_a_link_replaces_what_was_removed(kept: Kept, lost: str) -> None:
    """By whole records, once, and not by one who believes that there was nothing"""
    await kept.bindings.bind(FIRST, entry("first"))
    await kept.lose(*LOST[lost][0])
    before = await kept.bindings.bound(ANN, "c1")
    linked = Binding(slack_name(ANN), "c1", AT.replace(hour=13), by="r1")
    assert not await kept.bindings.link(linked, replace(before, own=linked), entry("other"))
    assert await kept.bindings.link(linked, before, entry("link"))
    assert Bound(linked, linked) == await kept.bindings.bound(ANN, "c1")
    assert not await kept.bindings.link(linked, before, entry("again"))


async def test_a_release_ends_what_was_removed(kept: Kept) -> None:
    """The next use is a first one again, of another Cloudinary user"""
    await kept.bindings.bind(FIRST, entry("first"))
    await kept.lose(FIRST.slack, "")
    before = await kept.bindings.bound(ANN, "")
    assert Bound(None, None, unreadable=True) == before
    assert await kept.bindings.release(FIRST.slack, before, entry("release"))
    assert (await kept.bindings.bound(ANN, "c2")).free
    assert not await kept.bindings.release(FIRST.slack, before, entry("again"))


async def test_a_link_leaves_a_newer_binding_of_the_former_holder(kept: Kept) -> None:
    """ANN's record was removed and written again for c2; c1 still names her"""
    await kept.bindings.bind(FIRST, entry("first"))
    await kept.lose(FIRST.slack, "")
    ann = Binding(slack_name(ANN), "c2", AT, by="r1")
    await kept.bindings.link(ann, await kept.bindings.bound(ANN, "c2"), entry("link"))
    bob = Binding(slack_name(BOB), "c1", AT, by="r2")
    await kept.bindings.link(bob, await kept.bindings.bound(BOB, "c1"), entry("another"))
    assert Bound(ann, ann) == await kept.bindings.bound(ANN, "c2")
    assert Bound(bob, bob) == await kept.bindings.bound(BOB, "c1")


async def test_an_altered_binding_is_replaced_by_a_link(redis: Redis) -> None:
    """As a removed one is; security reads of it"""
    kept = in_redis(redis)
    await kept.bindings.bind(FIRST, entry("first"))
    await redis.hset(names.binding(FIRST.slack), "cloudinary", "c2")
    before = await kept.bindings.bound(ANN, "c1")
    assert Bound(None, FIRST, unreadable=True) == before
    assert any("binding of a Slack user is not believed" in it for it in await kept.notices())
    linked = replace(FIRST, by="r1")
    assert await kept.bindings.link(linked, before, entry("link"))
    assert Bound(linked, linked) == await kept.bindings.bound(ANN, "c1")


async def test_a_redis_that_lost_its_audit_log_too_knows_no_first_use(redis: Redis) -> None:
    """A new process begins again, since nothing tells it otherwise"""
    await in_redis(redis).bindings.bind(FIRST, entry("first"))
    await redis.flushall()
    assert Bound() == await in_redis(redis).bindings.bound(ANN, "c1")


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
