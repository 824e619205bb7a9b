"""A link with a passphrase, over Redis and over the fake: who opens it, and what ends it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.passphrases import Passphrases
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer, decode, encode, open_bundle, passphrase_proof, proof_of
from bot.domain.audit import AuditEvent, Entry
from bot.domain.link_receipts import ShutReport
from bot.domain.links import (
    Addressed,
    AlreadyOpened,
    BeingOpened,
    Gone,
    Link,
    LinkState,
    Opener,
    Reveal,
    Revealed,
    SealedBundle,
    Shut,
    WrongPassphrase,
)
from bot.domain.passphrases import TRIES, Lock, Stretched
from bot.domain.pending import PendingCredentials
from bot.domain.requests.notifications import Notification, Topic, to_person
from bot.domain.secret import Secret
from bot.errors import NotReplicated, StoreError, Unavailable
from bot.flows.links.make import LinkCreator
from bot.flows.links.ports import LinkStore, Opening
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import CREDENTIALS, SECRET, TOM, TTL, LinkSetup
from tests.fakes.jobs import FakeJobs
from tests.fakes.link_store import FakeLinkStore
from tests.fakes.pending import FakePending
from tests.fakes.requests import FakeRequests
from tests.unit.test_passphrases import TYPED, kept_in

__all__ = ["redis", "server"]

MADE = tuple[str, str, Stretched]


class Protected(LinkSetup):
    """Links that ask for a passphrase."""

    async def protected(self) -> MADE:
        """Create credentials with a passphrase, and a link."""
        self.passphrases = Passphrases(FieldSealer(self.ledger.keyring), rounds=10)
        kept = await kept_in(self.passphrases)
        self.pending = replace(self.pending, passphrase=kept)
        seal = self.passphrases.seal_bundle
        self.creator = LinkCreator(self.kept, self.clock, seal, "", TTL)
        return *(await self.made()), self.passphrases.open(kept)

    async def try_(self, link: MADE, key: Secret | None = None, visit: str = "") -> object:
        """Press with the passphrase that leads to this key, or with the right one."""
        made = link[2] if key is None else replace(link[2], key=key)
        fragment = decode(link[1])
        posted = passphrase_proof(fragment, made)
        given = link[0], proof_of(fragment), Secret(visit)
        return await self.revealer.reveal(*given, passphrase=posted)

    async def told(self) -> list[Notification]:
        """Read what waits in the outbox."""
        found = await Store(self.redis).stream("{keysmith}:outbox", "-", "+", 100)
        return [read_notification(fields) for _, fields in found]

    async def refusals(self) -> list[str]:
        """Read the details of refusals in the audit log."""
        bodies = [json.loads(record.body) async for record in self.ledger.records()]
        return [str(it["detail"]) for it in bodies if it["deed"] == AuditEvent.REFUSED]


def wrong(number: int = 0) -> Secret:
    """The key of another passphrase."""
    return Secret(encode(number.to_bytes(32, "big")))


@pytest.fixture
def setup(redis: Redis) -> Protected:
    """Create one on an empty store."""
    return Protected(redis)


async def test_the_right_passphrase_opens_and_counts_nothing(setup: Protected) -> None:
    """The page learns before the press that one is wanted, with its salt"""
    link = await setup.protected()
    told = await setup.look(link[:2])
    assert isinstance(told, Addressed)
    assert told.lock
    assert (told.lock.salt, told.lock.rounds, told.lock.left) == (link[2].salt, 10, TRIES)
    revealed = await setup.try_(link)
    assert isinstance(revealed, Revealed)
    opened = open_bundle(revealed.sealed, link[1], link[0], setup.pending.fingerprint, link[2])
    assert opened["api_secret"] == SECRET


async def test_without_one_nothing_is_revealed_or_counted(setup: Protected) -> None:
    """As a press by a page of another version"""
    link = await setup.protected()
    assert WrongPassphrase(TRIES) == await setup.press(link[:2])
    assert setup.enabler.calls == []
    assert isinstance(await setup.try_(link), Revealed)


async def test_who_has_the_passphrase_and_not_the_link_learns_nothing(setup: Protected) -> None:
    """Not even that there is one"""
    link = await setup.protected()
    posted = passphrase_proof(decode(link[1]), link[2])
    assert Gone() == await setup.revealer.reveal(link[0], Secret("x"), passphrase=posted)
    assert Gone() == await setup.revealer.whose(link[0], Secret("x"))


async def test_the_fifth_wrong_one_ends_the_link_and_its_owner_is_told(setup: Protected) -> None:
    """Once; the right one opens nothing any more, and the key was never enabled"""
    link = await setup.protected()
    for number in range(TRIES - 1):
        left = TRIES - 1 - number
        assert WrongPassphrase(left) == await setup.try_(link, wrong(number))
        assert WrongPassphrase(left) == await setup.try_(link, wrong(number))  # a lost answer
    now = setup.clock.now()
    for _ in range(2):
        assert Shut(now) == await setup.try_(link, wrong(TRIES))
    assert Shut(now) == await setup.try_(link)
    assert Shut(now) == await setup.look(link[:2])
    assert not await setup.redis.exists("{keysmith}:sealed:" + link[0])
    assert setup.enabler.calls == []

    (told,) = await setup.told()
    text = ShutReport("deploy", "Staging").write()
    assert to_person("", Topic.SHUT, TOM.user_id, text=text) == told
    counted = [f"wrong passphrase, tries left: {left}" for left in reversed(range(TRIES))]
    assert counted == await setup.refusals()


async def test_wrong_ones_at_once_all_count(setup: Protected) -> None:
    """Of twenty different ones five are taken, and one message is sent"""
    link = await setup.protected()
    answers = await asyncio.gather(*(setup.try_(link, wrong(each)) for each in range(20)))
    left = sorted(it.left for it in answers if isinstance(it, WrongPassphrase))
    assert left == list(range(1, TRIES))
    assert {type(it) for it in answers} == {WrongPassphrase, Shut}
    assert len(await setup.told()) == 1


@pytest.mark.parametrize("before", [0, TRIES - 1])
async def test_a_right_one_at_once_with_wrong_ones_opens_or_is_told_why_not(
    before: int, setup: Protected
) -> None:
    """Where a try is left, it opens; against the last one, one of the two wins"""
    link = await setup.protected()
    for number in range(before):
        await setup.try_(link, wrong(number))
    right, other = await asyncio.gather(setup.try_(link), setup.try_(link, wrong(TRIES)))
    if before:
        assert isinstance(right, Revealed) is not isinstance(other, Shut)
        assert isinstance(right, Revealed | Shut)
    else:
        assert isinstance(right, Revealed)
        assert isinstance(other, WrongPassphrase | BeingOpened | AlreadyOpened)
    assert setup.enabler.enabled is isinstance(right, Revealed)


@dataclass
class Overtaken:
    """An opening before which another page's wrong passphrase is counted."""

    setup: Protected
    link: MADE
    opening: Opening
    times: int = 0

    async def open(
        self, link: Link, pending: PendingCredentials, opener: Opener, is_there: Callable[[], bool]
    ) -> Reveal | None:
        """Lose once, as where the record changed at the last moment."""
        self.times += 1
        if self.times > 1:
            return await self.opening.open(link, pending, opener, is_there)
        await self.setup.try_(self.link, wrong(1))
        return None


async def test_a_right_one_that_a_wrong_one_overtakes_opens_all_the_same(setup: Protected) -> None:
    """The link still waits, so the press begins again"""
    link = await setup.protected()
    overtaken = Overtaken(setup, link, setup.revealer.opening)
    setup.revealer = replace(setup.revealer, opening=overtaken)
    assert isinstance(await setup.try_(link), Revealed)
    assert overtaken.times == 2


async def test_tries_stay_counted_after_a_failed_opening_and_in_another_process(
    setup: Protected, redis: Redis
) -> None:
    """Cloudinary failed at the right one; nothing gives a try back"""
    link = await setup.protected()
    await setup.try_(link, wrong(1))
    setup.enabler.failures = [Unavailable("500", maybe_done=True)]
    with pytest.raises(Unavailable):
        await setup.try_(link)
    again = Protected(redis)
    assert WrongPassphrase(TRIES - 2) == await again.try_(link, wrong(2))
    assert isinstance(await again.try_(link), Revealed)


async def test_an_answer_that_is_lost_comes_again_to_the_same_page(setup: Protected) -> None:
    """And to no other"""
    link = await setup.protected()
    assert isinstance(await setup.try_(link, visit="page"), Revealed)
    assert isinstance(await setup.try_(link, visit="page"), Revealed)
    assert isinstance(await setup.try_(link, visit="other"), AlreadyOpened)


async def test_a_new_link_asks_for_the_same_passphrase(setup: Protected) -> None:
    """Also after wrong ones ended the former one; its tries begin again"""
    link = await setup.protected()
    for number in range(TRIES):
        await setup.try_(link, wrong(number))
    kept = await setup.kept.pending("c1")
    assert kept
    made = await setup.creator.make(kept, CREDENTIALS)
    assert made
    link_id, _, key = made.url.show().removeprefix("/s/").partition("#")
    assert WrongPassphrase(TRIES - 1) == await setup.try_((link_id, key, link[2]), wrong())
    assert isinstance(await setup.try_((link_id, key, link[2])), Revealed)


async def test_no_link_without_the_passphrase_is_made_for_credentials_that_got_one(
    setup: Protected,
) -> None:
    """A claim that read them before, and one with another passphrase"""
    await setup.made()
    without = await setup.kept.pending("c1")
    assert without
    await setup.protected()
    for stale in (without, replace(without, passphrase=await kept_in(setup.passphrases))):
        with pytest.raises(StoreError, match="got a passphrase meanwhile"):
            await setup.creator.make(stale, CREDENTIALS)
    kept = await setup.kept.pending("c1")
    assert kept
    assert kept.passphrase == setup.pending.passphrase


@pytest.mark.parametrize("how", ["opened", "revoked"])
async def test_what_the_passphrase_became_goes_with_the_credentials(
    how: str, setup: Protected
) -> None:
    """It is kept no longer than it is needed"""
    link = await setup.protected()
    if how == "opened":
        await setup.try_(link)
    else:
        entry = Entry(setup.clock.now(), AuditEvent.RELEASED, "key:disable")
        await setup.kept.revoke(setup.pending, entry)
    kept = await setup.kept.pending("c1")
    assert kept
    assert kept.passphrase == ""


async def test_neither_passphrase_nor_its_key_is_in_redis(setup: Protected) -> None:
    """In no form that is not sealed"""
    link = await setup.protected()
    await setup.try_(link, wrong(1))
    dumped = b"".join([await setup.redis.dump(key) or b"" async for key in setup.redis.scan_iter()])
    held = dumped + "".join([record.body async for record in setup.ledger.records()]).encode()
    posted = passphrase_proof(decode(link[1]), link[2]).show()
    for secret in (TYPED.show(), link[2].key.show(), link[1], posted):
        assert secret.encode() not in held
        assert secret.encode()[:20] not in held


def of_fake() -> tuple[LinkStore, FakePending]:
    """The fake store of links."""
    pending = FakePending()
    return FakeLinkStore(pending, FakeRequests(FakeJobs()), ttl=TTL), pending


@pytest.mark.parametrize("kind", ["redis", "fake"])
async def test_a_store_counts_a_try_once_and_only_on_what_was_read(
    kind: str, setup: Protected
) -> None:
    """Both stores, alike"""
    store: LinkStore = setup.kept
    waiting: RedisLinks | FakePending = setup.kept
    if kind == "fake":
        store, waiting = of_fake()
    now = setup.clock.now()
    entry = Entry(now, AuditEvent.REFUSED, "link:open")
    pending = replace(setup.pending, passphrase="kept")
    lock = Lock("c2FsdA", 10, "hash")
    await waiting.add_pending(pending, entry)
    bundle = SealedBundle("link", "sealed", "proof", Secret("key"), lock)
    assert await store.put(bundle, pending, now, entry)
    link = await store.find("link")
    assert link
    assert link.lock == lock

    assert await store.miss(link, lock.missed("one"), now, entry)
    assert not await store.miss(link, lock.missed("two"), now, entry)
    link = await store.find("link")
    assert link
    assert link.lock == lock.missed("one")

    last = replace(lock, wrong=tuple("12345"))
    later = now + timedelta(minutes=1)
    assert await store.miss(link, last, later, entry)
    found = await store.find("link")
    assert found
    assert (found.state, found.since, found.there) == (LinkState.SHUT, later, False)
    assert not await store.start(found, later, entry)
    assert not await store.miss(found, last, later, entry)
    with pytest.raises(StoreError):
        await store.put(bundle, replace(pending, passphrase=""), now, entry)


async def test_a_try_waits_for_the_replicas(redis: Redis) -> None:
    """Else a failover gives it back, and the answer has left"""
    setup = Protected(redis)
    link = await setup.protected()
    short = Protected(redis, replicas=1)
    with pytest.raises(NotReplicated):
        await short.try_(link, wrong())
    assert WrongPassphrase(TRIES - 2) == await setup.try_(link, wrong(1))
