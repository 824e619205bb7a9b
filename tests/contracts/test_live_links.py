"""Live links over Redis and in memory; what an opening meets that goes on after its link ended."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.live_links import EVERY, RedisLiveLinks
from bot.adapters.redis.stores import open_stores
from bot.domain.audit import AuditEvent, Entry
from bot.domain.links import SealedBundle
from bot.domain.live_links import LiveLink
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.notifications import Told, Topic, to_person
from bot.domain.secret import Secret
from bot.errors import NotReplicated
from bot.flows.links.ports import LinkStore, LiveLinks
from bot.flows.links.recover import LEASE, LinkRecoverer
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import FakeEnabler
from tests.fakes.clock import FakeClock
from tests.fakes.jobs import FakeJobs
from tests.fakes.link_store import FakeLinkStore
from tests.fakes.pending import FakePending
from tests.fakes.requests import FakeRequests

__all__ = ["redis", "server"]

TOM, MIA = Actor("T1", "U1"), Actor("T1", "U2")
TTL = timedelta(minutes=10)
TOLD = to_person("", Topic.LINK_ENDED, TOM.user_id, by=MIA.user_id, text="[]")


class Credentials(Protocol):
    """Where credentials are added, and revoked."""

    async def add_pending(self, pending: PendingCredentials, entry: Entry) -> None:
        """Add them."""

    async def revoke(self, pending: PendingCredentials, entry: Entry, told: Told = ()) -> None:
        """Revoke them, and their link."""


@dataclass
class Setup:
    """The links and their credentials, with the clock."""

    store: LinkStore
    live: LiveLinks
    credentials: Credentials
    clock: FakeClock

    def entry(self, event: AuditEvent = AuditEvent.DONE) -> Entry:
        """An entry about a link."""
        return Entry(self.clock.now(), event, "link:end")

    async def linked(self, id_: str = "c1", owner: Actor = TOM) -> PendingCredentials:
        """Add credentials with a link."""
        where = ("e1", "Shop dev", "shop-dev")
        pending = PendingCredentials(id_, owner, *where, f"814{id_}", "new", self.clock.now())
        await self.credentials.add_pending(pending, self.entry())
        await self.link(pending, f"link-{id_}")
        return pending

    async def link(self, pending: PendingCredentials, link_id: str) -> None:
        """Make a link, in place of the former one."""
        bundle = SealedBundle(link_id, "sealed", "proof", Secret("key"))
        assert await self.store.put(bundle, pending, self.clock.now(), self.entry())

    async def ids(self) -> list[str]:
        """The links that are live."""
        return [each.link.id for each in await self.live.every(self.clock.now())]

    async def one(self) -> LiveLink:
        """The only one."""
        (found,) = await self.live.every(self.clock.now())
        return found


async def over_redis(redis: Redis) -> Setup:
    """Over real Redis."""
    keys = (b"k" * 32,)
    stores = open_stores(redis, keys, link_ttl=TTL, claim_ttl=timedelta(hours=8))
    return Setup(stores.links, stores.live_links, stores.links, FakeClock())


@pytest.fixture(params=["fake", "redis"])
async def setup(request: pytest.FixtureRequest, redis: Redis) -> Setup:
    """In memory, and over Redis."""
    if request.param == "redis":
        return await over_redis(redis)
    pending = FakePending()
    store = FakeLinkStore(pending, FakeRequests(FakeJobs()))
    return Setup(store, store, pending, FakeClock())


async def test_live_links_are_listed_by_their_end(setup: Setup) -> None:
    """All, or those to some credentials"""
    await setup.linked("c1")
    setup.clock.go_on(minutes=1)
    await setup.linked("c2", MIA)
    assert ["link-c1", "link-c2"] == await setup.ids()
    now = setup.clock.now()
    some = await setup.live.among(["c2", "c1", "c9"], now)
    assert ["c2", "c1"] == [each.pending.id for each in some]
    assert [MIA, TOM] == [each.pending.owner for each in some]
    assert [] == await setup.live.among([], now)


async def test_a_link_lives_for_the_usual_time_or_less(setup: Setup) -> None:
    """What a rule says shortens it and never extends it"""
    pending = await setup.linked()
    for at_most, minutes in ((timedelta(minutes=3), 3), (timedelta(hours=3), 10), (None, 10)):
        bundle = SealedBundle(f"link {minutes} {at_most}", "sealed", "proof", Secret("key"))
        now = setup.clock.now()
        assert await setup.store.put(bundle, pending, now, setup.entry(), at_most)
        link = (await setup.one()).link
        assert link.ends == now + timedelta(minutes=minutes)
        assert link.left in {-1, 60 * minutes, 60 * minutes - 1}


async def test_one_process_of_all_looks_at_them_in_a_minute(redis: Redis) -> None:
    """A time that was set far away counts as none"""
    each = [(await over_redis(redis)).live for _ in range(3)]
    assert not await each[0].turn()
    assert 1 == (await asyncio.gather(*(it.turn() for it in each))).count(True)
    assert not await each[1].turn()
    due = int(str(await redis.get(names.LINKS_NEXT)))
    await redis.set(names.LINKS_NEXT, due - EVERY)
    assert await each[2].turn()
    await redis.set(names.LINKS_NEXT, due * 10)
    assert not await each[0].turn()
    assert await each[0].turn()


async def test_what_ended_is_listed_no_more(setup: Setup) -> None:
    """Expired; replaced by a newer one; with its credentials; opened"""
    await setup.linked("c1")
    setup.clock.go_on(minutes=10)
    assert [] == await setup.ids()
    assert [] == await setup.live.among(["c1"], setup.clock.now())
    pending = await setup.linked("c2")
    await setup.link(pending, "newer")
    assert ["newer"] == await setup.ids()
    await setup.credentials.revoke(pending, setup.entry())
    assert [] == await setup.ids()
    opened = await setup.linked("c3")
    link = (await setup.one()).link
    now = setup.clock.now()
    assert await setup.store.start(link, now, setup.entry())
    begun = await setup.one()
    assert begun.opening
    assert await setup.store.take(begun.link, opened, now, setup.entry())
    assert [] == await setup.ids()


async def test_a_link_ends_once(setup: Setup) -> None:
    """What is told, is told once; nothing can be pressed any more"""
    pending = await setup.linked()
    live, now = await setup.one(), setup.clock.now()
    assert await setup.live.end(live, now, setup.entry(), (TOLD,))
    assert not await setup.live.end(live, now, setup.entry(), (TOLD,))
    assert [] == await setup.ids()
    found = await setup.store.find(live.link.id)
    assert found
    assert not found.there
    assert not await setup.store.start(live.link, now, setup.entry())
    await setup.link(pending, "newer")
    assert ["newer"] == await setup.ids()


async def test_only_the_link_that_was_meant_ends(setup: Setup) -> None:
    """A newer one to the same credentials stays; so does one that was opened"""
    pending = await setup.linked()
    former = await setup.one()
    await setup.link(pending, "newer")
    assert not await setup.live.end(former, setup.clock.now(), setup.entry(), ())
    newer, now = await setup.one(), setup.clock.now()
    assert await setup.store.start(newer.link, now, setup.entry())
    begun = await setup.one()
    visited = replace(begun.link, visit="visit")
    assert await setup.store.take(visited, pending, now, setup.entry())
    assert not await setup.live.end(newer, now, setup.entry(), (TOLD,))


async def test_an_opening_that_goes_on_loses(setup: Setup) -> None:
    """It finds nothing to take, and may be released by itself or by a recovery"""
    pending = await setup.linked()
    now = setup.clock.now()
    assert await setup.store.start((await setup.one()).link, now, setup.entry())
    begun = await setup.one()
    assert await setup.live.end(begun, now, setup.entry(), (TOLD,))
    assert await setup.store.take(begun.link, pending, now, setup.entry()) is None
    assert await setup.store.release(begun.link, setup.entry())
    assert [] == await setup.ids()


async def test_a_process_that_died_while_the_link_ended_leaves_no_enabled_key(
    setup: Setup,
) -> None:
    """The recovery still finds the opening, and disables the key"""
    await setup.linked()
    now, switch = setup.clock.now(), FakeEnabler(enabled=True)
    assert await setup.store.start((await setup.one()).link, now, setup.entry())
    assert await setup.live.end(await setup.one(), now, setup.entry(), ())
    setup.clock.go_on(seconds=LEASE.total_seconds() + 1)
    assert [] == await LinkRecoverer(setup.store, switch, setup.clock).recover()
    assert not switch.enabled
    assert [] == await setup.store.half_open(setup.clock.now())


async def test_an_opening_is_listed_until_its_lease_ends(setup: Setup) -> None:
    """Also after the end of its link"""
    await setup.linked()
    setup.clock.go_on(minutes=9, seconds=59)
    assert await setup.store.start((await setup.one()).link, setup.clock.now(), setup.entry())
    setup.clock.go_on(seconds=30)
    assert ["link-c1"] == await setup.ids()


async def test_the_audit_entry_and_the_message_are_in_the_same_step(redis: Redis) -> None:
    """The ciphertext is gone by then, and the waiting credentials count as without a live link"""
    setup = await over_redis(redis)
    pending = await setup.linked()
    live = await setup.one()
    before = await redis.xlen(names.AUDIT)
    assert await setup.live.end(live, setup.clock.now(), setup.entry(), (TOLD,))
    assert before + 1 == await redis.xlen(names.AUDIT)
    assert 1 == await redis.xlen(names.OUTBOX)
    assert not await redis.exists(names.sealed(live.link.id))
    assert setup.clock.now().timestamp() == await redis.zscore(names.LINKS_WAITING, pending.id)


async def test_credentials_that_are_revoked_take_the_ciphertext_along(redis: Redis) -> None:
    """Of their link, with the step that revokes them; twice, it is told once"""
    setup = await over_redis(redis)
    pending = await setup.linked()
    assert await redis.exists(names.sealed("link-c1"))
    for _ in range(2):
        await setup.credentials.revoke(pending, setup.entry(), (TOLD,))
    assert 1 == await redis.xlen(names.OUTBOX)
    assert not await redis.exists(names.sealed("link-c1"))


async def test_a_link_whose_record_is_not_believed_is_in_no_list(redis: Redis) -> None:
    """Or gone; the others are listed"""
    setup = await over_redis(redis)
    for id_ in ("c1", "c2", "c3"):
        await setup.linked(id_)
    await redis.hset(names.link("link-c1"), "api_key", "900")
    await redis.delete(names.link("link-c2"))
    assert ["link-c3"] == await setup.ids()


async def test_an_end_waits_for_the_replicas(redis: Redis) -> None:
    """A failover could give the ciphertext back"""
    setup = await over_redis(redis)
    await setup.linked()
    stores = open_stores(redis, (b"k" * 32,), link_ttl=TTL, claim_ttl=TTL, replicas=1)
    live: RedisLiveLinks = stores.live_links
    with pytest.raises(NotReplicated):
        await live.end(await setup.one(), setup.clock.now(), setup.entry(), ())


async def test_the_end_of_a_replaced_link_leaves_the_newer_one(redis: Redis) -> None:
    """Also where a person with write access to Redis has put its ciphertext back"""
    setup = await over_redis(redis)
    pending = await setup.linked()
    live, now = await setup.one(), setup.clock.now()
    await setup.link(pending, "newer")
    await redis.set(names.sealed(live.link.id), "sealed", ex=600)
    assert not await setup.live.end(live, now, setup.entry(), (TOLD,))
    assert ["newer"] == await setup.ids()
