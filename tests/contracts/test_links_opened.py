"""A link's opening over real Redis, with everything that can go wrong around it."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_links import RedisLinks
from bot.adapters.redis_names import PREFIX
from bot.adapters.redis_store import Store
from bot.adapters.vault import decode, hash_proof, open_bundle, proof_of, seal_bundle
from bot.domain.audit import ChainKey, Deed, Entry, Intact, verify
from bot.domain.claims import Claim
from bot.domain.keys import Credentials, Key
from bot.domain.links import (
    Addressed,
    AlreadyOpened,
    BeingOpened,
    Gone,
    NoLongerAllowed,
    Revealed,
    Waiting,
)
from bot.domain.people import Actor
from bot.errors import NotFound, SlackError, Unavailable
from bot.flows.links.make import LinkCreator
from bot.flows.links.recover import LEASE, LinkRecoverer
from bot.flows.links.reveal import Revealer
from tests.contracts.redis_server import redis, server
from tests.fakes.clock import FakeClock

__all__ = ["redis", "server"]

TOM = Actor("T1", "U1")
SECRET = "QcsQcsQcsQcsQcsQcsQcsQcsQcs"
CREDENTIALS = Credentials("lumen-staging", "814814814814814", SECRET)
TTL = timedelta(minutes=10)


@dataclass
class FakeEnabler:
    """The key's state, and what happens when it is to be changed."""

    enabled: bool = False
    calls: list[bool] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Change it, unless a failure is next."""
        self.calls.append(enabled)
        if self.failures:
            raise self.failures.pop(0)
        self.enabled = enabled
        return Key(api_key, environment_id, enabled, root=False, created_at=None, updated_at=None)


@dataclass
class FakeAccess:
    """What is said of the owner."""

    answer: bool | Exception = True

    async def name_of(self, actor: Actor) -> str | None:
        """Say who that is."""
        assert actor == TOM
        if isinstance(self.answer, Exception):
            raise self.answer
        return "Tom" if self.answer else None

    async def may_still_claim(self, claim: Claim) -> bool:
        """Say it."""
        assert claim.owner == TOM
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Desk:
    """A flow with what stands around it."""

    redis: Redis
    clock: FakeClock = field(default_factory=FakeClock)
    enabler: FakeEnabler = field(default_factory=FakeEnabler)
    access: FakeAccess = field(default_factory=FakeAccess)

    def __post_init__(self) -> None:
        store = Store(self.redis)
        self.ledger = Ledger(self.redis, store, ChainKey(b"k" * 32))
        self.kept = RedisLinks(store, self.ledger, link_ttl=TTL, claim_ttl=timedelta(hours=8))
        self.creator = LinkCreator(self.kept, self.clock, seal_bundle, "", TTL)
        self.revealer = Revealer(self.kept, self.enabler, self.access, self.clock, hash_proof)
        self.recoverer = LinkRecoverer(self.kept, self.enabler, self.clock)
        self.claim = Claim(
            "c1", TOM, "e1", "Staging", "lumen-staging", "8148", "deploy", self.clock.now()
        )

    async def made(self) -> tuple[str, str]:
        """Make the claim and a link; gives its id and its key."""
        entry = Entry(self.clock.now(), Deed.DONE, "key:create")
        await self.kept.add_claim(self.claim, entry)
        made = await self.creator.make(self.claim, CREDENTIALS)
        assert made
        link_id, _, key = made.url.removeprefix("/s/").partition("#")
        return link_id, key

    async def press(self, link: tuple[str, str], visit: str = "") -> object:
        """Press Reveal."""
        return await self.revealer.reveal(link[0], proof_of(decode(link[1])), visit)


@pytest.fixture
def desk(redis: Redis) -> Desk:
    """Bring one on an empty store."""
    return Desk(redis)


async def test_whose_it_is_is_told_to_who_holds_it_and_spends_nothing(desk: Desk) -> None:
    """Nobody else learns a name, nor that there is a link"""
    link = await desk.made()
    proof = proof_of(decode(link[1]))

    told = await desk.revealer.whose(link[0], proof)

    assert Addressed("Tom", "deploy", "Staging", desk.claim.fingerprint) == told
    assert isinstance(await desk.revealer.whose(link[0], "another"), Gone)
    assert isinstance(await desk.revealer.whose("another", proof), Gone)
    assert desk.enabler.calls == []
    assert isinstance(await desk.press(link), Revealed)
    assert isinstance(await desk.revealer.whose(link[0], proof), AlreadyOpened)


async def test_who_is_gone_is_addressed_no_more(desk: Desk) -> None:
    """The page says so before anybody presses"""
    link = await desk.made()
    desk.access.answer = False
    told = await desk.revealer.whose(link[0], proof_of(decode(link[1])))
    assert isinstance(told, NoLongerAllowed)


async def test_it_is_revealed_once_to_who_holds_it(desk: Desk) -> None:
    """The key is enabled first, and the second press learns when the first was."""
    link = await desk.made()
    assert isinstance(await desk.revealer.look(link[0]), Waiting)

    revealed = await desk.press(link)

    assert isinstance(revealed, Revealed)
    opened = open_bundle(revealed.sealed, link[1], link[0], desk.claim.fingerprint)
    assert opened["api_secret"] == SECRET
    assert desk.enabler.enabled
    assert AlreadyOpened(desk.clock.now()) == await desk.press(link)
    assert AlreadyOpened(desk.clock.now()) == await desk.revealer.look(link[0])
    assert await desk.kept.claims_of(TOM) == []


async def test_a_wrong_proof_a_wrong_id_and_an_expired_link_are_the_same(desk: Desk) -> None:
    """Nothing tells them apart, and nothing is spent."""
    link = await desk.made()
    assert Gone() == await desk.revealer.reveal(link[0], "x")
    assert Gone() == await desk.revealer.reveal("nowhere", proof_of(decode(link[1])))
    await desk.redis.delete("{keysmith}:sealed:" + link[0])
    assert Gone() == await desk.press(link)
    assert Gone() == await desk.revealer.look(link[0])
    assert desk.enabler.calls == []


async def test_of_many_at_once_one_gets_it(desk: Desk) -> None:
    """The others are told that it is being opened, or when it was."""
    link = await desk.made()
    answers = await asyncio.gather(*(desk.press(link) for _ in range(200)))
    assert len([a for a in answers if isinstance(a, Revealed)]) == 1
    assert {type(a) for a in answers} <= {Revealed, BeingOpened, AlreadyOpened}
    assert desk.enabler.calls == [True]


async def test_a_key_that_is_not_enabled_leaves_the_link_as_it_was(desk: Desk) -> None:
    """Whatever came of the attempt is undone; the next press works."""
    link = await desk.made()
    desk.enabler.failures = [Unavailable("500", maybe_done=True)]
    with pytest.raises(Unavailable):
        await desk.press(link)
    assert desk.enabler.calls == [True, False]
    assert isinstance(await desk.press(link), Revealed)


async def test_who_can_not_be_asked_about_is_not_shown(desk: Desk) -> None:
    """Slack away: nothing is enabled, nothing is spent."""
    link = await desk.made()
    desk.access.answer = SlackError("ratelimited")
    with pytest.raises(SlackError):
        await desk.press(link)
    desk.access.answer = False
    assert NoLongerAllowed() == await desk.press(link)
    assert desk.enabler.calls == []
    desk.access.answer = True
    assert isinstance(await desk.press(link), Revealed)


async def test_a_link_that_is_replaced_while_it_opens_leaves_a_dead_key(desk: Desk) -> None:
    """The new link is the one that counts."""
    link = await desk.made()
    held = await desk.kept.find(link[0])
    assert held
    entry = Entry(desk.clock.now(), Deed.BEGUN, "link:open")
    assert await desk.kept.start(held, desk.clock.now(), entry)
    await desk.enabler.set_enabled("e1", "8148", enabled=True)
    assert await desk.creator.make(desk.claim, CREDENTIALS)
    assert await desk.kept.take(held, desk.claim, desk.clock.now(), entry) is None


async def test_ciphertext_that_goes_while_it_opens_leaves_a_dead_key(desk: Desk) -> None:
    """Enabled for nobody is not enabled."""
    link = await desk.made()

    class Thief(FakeEnabler):
        async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
            await desk.redis.delete("{keysmith}:sealed:" + link[0])
            return await super().set_enabled(environment_id, api_key, enabled=enabled)

    desk.enabler = Thief()
    desk.__post_init__()
    assert Gone() == await desk.press(link)
    assert desk.enabler.calls == [True, False]
    assert not desk.enabler.enabled


async def test_what_a_killed_process_left_half_open_is_closed_and_opens_again(desk: Desk) -> None:
    """After the lease, and not before: somebody may still be at it."""
    link = await desk.made()
    held = await desk.kept.find(link[0])
    assert held
    entry = Entry(desk.clock.now(), Deed.BEGUN, "link:open")
    assert await desk.kept.start(held, desk.clock.now(), entry)
    desk.enabler.enabled = True
    await desk.recoverer.recover()
    assert desk.enabler.enabled
    assert BeingOpened() == await desk.press(link)

    desk.clock.go_on(seconds=LEASE.total_seconds() + 1)
    await desk.recoverer.recover()

    assert desk.enabler.calls == [False]
    assert isinstance(await desk.press(link), Revealed)


async def test_one_link_that_can_not_be_recovered_does_not_keep_the_others(desk: Desk) -> None:
    """A key that is gone is done with; one that fails is tried again, and the next is not late."""
    first = await desk.made()
    entry = Entry(desk.clock.now(), Deed.BEGUN, "link:open")
    held = await desk.kept.find(first[0])
    assert held
    assert await desk.kept.start(held, desk.clock.now(), entry)
    desk.claim = replace(desk.claim, id="c2", api_key="8149")
    held = await desk.kept.find((await desk.made())[0])
    assert held
    assert await desk.kept.start(held, desk.clock.now(), entry)
    desk.clock.go_on(seconds=LEASE.total_seconds() + 1)
    desk.enabler.failures = [Unavailable("500", maybe_done=True)]

    assert [Unavailable] == [type(error) for error in await desk.recoverer.recover()]
    desk.clock.go_on(seconds=LEASE.total_seconds() + 1)
    desk.enabler.failures = [NotFound("gone")]
    assert await desk.recoverer.recover() == []

    assert desk.enabler.calls == [False, False, False]
    assert await desk.kept.half_open(desk.clock.now()) == []


async def test_an_opening_that_was_taken_over_takes_nothing(desk: Desk) -> None:
    """A slow one that comes back after its lease finds that it is not its own any more."""
    link = await desk.made()
    held = await desk.kept.find(link[0])
    assert held
    entry = Entry(desk.clock.now(), Deed.BEGUN, "link:open")
    assert await desk.kept.start(held, desk.clock.now(), entry)
    held = await desk.kept.find(link[0])
    assert held
    assert await desk.kept.seize(held, desk.clock.now() + LEASE, entry)

    assert await desk.kept.take(held, desk.claim, desk.clock.now(), entry) is None
    assert not await desk.kept.release(held, entry)


async def test_a_visitor_who_left_before_the_answer_leaves_a_dead_key(desk: Desk) -> None:
    """The link can be opened again."""
    link = await desk.made()
    assert Gone() == await desk.revealer.reveal(
        link[0], proof_of(decode(link[1])), is_there=lambda: False
    )
    assert desk.enabler.calls == [True, False]
    assert isinstance(await desk.press(link), Revealed)


async def test_an_answer_that_was_lost_is_given_to_the_same_page_again(desk: Desk) -> None:
    """And to no other, however well it knows the link; the record tells of each time"""
    link = await desk.made()
    first = await desk.press(link, "this page")
    assert isinstance(first, Revealed)

    assert first == await desk.press(link, "this page")

    for other in ("another page", ""):
        assert isinstance(await desk.press(link, other), AlreadyOpened)
    assert isinstance(await desk.revealer.reveal(link[0], "no proof", "this page"), Gone)
    assert [True] == desk.enabler.calls
    entries = [json.loads(record.body) async for record in desk.ledger.records()]
    assert ["", "again, to the same page"] == [
        each["detail"] for each in entries if each["deed"] == Deed.REVEALED
    ]


async def test_a_lost_answer_is_given_again_for_a_moment_only(desk: Desk) -> None:
    """Then nobody can have it, as if it had been taken at once"""
    link = await desk.made()
    assert isinstance(await desk.press(link, "this page"), Revealed)
    left = await desk.redis.ttl(f"{PREFIX}sealed:{link[0]}")
    assert 0 < left <= 60

    await desk.redis.delete(f"{PREFIX}sealed:{link[0]}")

    assert isinstance(await desk.press(link, "this page"), AlreadyOpened)


async def test_a_page_that_does_not_tell_itself_from_others_gets_one_answer(desk: Desk) -> None:
    """Nothing is kept for it"""
    link = await desk.made()
    assert isinstance(await desk.press(link), Revealed)
    assert 0 == await desk.redis.exists(f"{PREFIX}sealed:{link[0]}")
    assert isinstance(await desk.press(link), AlreadyOpened)


async def test_a_claimed_claim_has_no_further_link(desk: Desk) -> None:
    """Collected is collected."""
    assert isinstance(await desk.press(await desk.made()), Revealed)
    assert await desk.creator.make(desk.claim, CREDENTIALS) is None


async def test_redis_never_holds_what_opens_it(desk: Desk) -> None:
    """Neither the secret nor the link's key nor its proof; and the record is whole."""
    link = await desk.made()
    await desk.press(link)
    kept = ""
    for key in await desk.redis.keys("*"):
        kept += str(await _content(desk.redis, str(key)))
    for secret in (SECRET, link[1], proof_of(decode(link[1]))):
        assert secret not in kept
    records = [record async for record in desk.ledger.records()]
    head = await desk.ledger.head()
    assert isinstance(verify(records, head, [ChainKey(b"k" * 32)]), Intact)
    assert "revealed" in str(records)


READERS = {
    "string": ("GET",),
    "hash": ("HGETALL",),
    "stream": ("XRANGE", "-", "+"),
    "zset": ("ZRANGE", "0", "-1"),
}


async def _content(redis: Redis, key: str) -> object:
    """A key's value, whatever its kind."""
    verb, *rest = READERS[str(await redis.type(key))]
    return await Store(redis).call(verb, key, *rest)
