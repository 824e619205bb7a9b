"""Opening a link over real Redis, with every failure around it."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.live_links import RedisLiveLinks
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.names import PREFIX, keys_of, owner, pending_credentials
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.steps import delete
from bot.adapters.redis.stock import RedisStock
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.tasks import end
from bot.adapters.vault import decode, hash_proof, open_bundle, proof_of, seal_bundle
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.keys import Credentials, Key, LastChange
from bot.domain.link_receipts import Receipt, Settled
from bot.domain.links import (
    Addressed,
    AlreadyOpened,
    BeingOpened,
    Gone,
    MovesSigner,
    NoLongerAllowed,
    Revealed,
    Whose,
)
from bot.domain.pending import OwnKey, PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.notifications import Topic
from bot.domain.secret import Secret
from bot.domain.verification import Intact, verify
from bot.domain.visitors import Browser
from bot.errors import AlteredRecord, NotFound, SlackError, Unavailable
from bot.flows.correlation import about, current_id
from bot.flows.links.make import LinkCreator
from bot.flows.links.open import LinkOpener
from bot.flows.links.recover import LEASE, LinkRecoverer
from bot.flows.links.reveal import Revealer
from tests.contracts.redis_server import redis, server
from tests.fakes.clock import FakeClock

__all__ = ["redis", "server"]

TOM = Actor("T1", "U1")
SECRET = "QcsQcsQcsQcsQcsQcsQcsQcsQcs"
CREDENTIALS = Credentials("lumen-staging", "814814814814814", Secret(SECRET))
TTL = timedelta(minutes=10)

SIGNING = Key("8100", "old", True, True, None, None, ("webhooks",))  # noqa: FBT003  # as listed


@dataclass
class FakeEnabler:
    """The key's state, and the failures of its next changes."""

    enabled: bool = False
    calls: list[bool] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    others: list[Key] = field(default_factory=lambda: [SIGNING])
    created_at: datetime | None = None

    async def keys(self, environment_id: str) -> list[Key]:
        """List the key and the others."""
        at = self.created_at
        own = Key("8148", environment_id, self.enabled, root=False, created_at=at, updated_at=at)
        return [own, *self.others]

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Change the state, or raise the next failure."""
        self.calls.append(enabled)
        if self.failures:
            raise self.failures.pop(0)
        self.enabled = enabled
        return Key(api_key, environment_id, enabled, root=False, created_at=None, updated_at=None)


@dataclass
class FakeAccess:
    """The owner's access, or a failure."""

    answer: bool | Exception = True

    async def name_of(self, actor: Actor) -> str | None:
        """Return the name, or raise."""
        assert actor == TOM
        if isinstance(self.answer, Exception):
            raise self.answer
        return "Tom" if self.answer else None

    async def may_still_claim(self, pending: PendingCredentials) -> bool:
        """Return the answer, or raise."""
        assert pending.owner == TOM
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class FakeChanges:
    """The key's last change."""

    last: LastChange | None = None

    async def last_change(self, api_key: str) -> LastChange | None:
        """Return it."""
        assert api_key
        return self.last


@dataclass
class LinkSetup:
    """The link flows over Redis and fakes."""

    redis: Redis
    clock: FakeClock = field(default_factory=FakeClock)
    enabler: FakeEnabler = field(default_factory=FakeEnabler)
    access: FakeAccess = field(default_factory=FakeAccess)
    changes: FakeChanges = field(default_factory=FakeChanges)
    replicas: int = 0
    store: type[Store] = Store

    def __post_init__(self) -> None:
        store = self.store(self.redis)
        self.ledger = Ledger(self.redis, store, ChainKey(b"k" * 32), self.replicas)
        signed = self.signed = open_signed(store, self.ledger)
        ttl = timedelta(hours=8)
        self.locks = RedisLocks(Store(self.redis))
        self.kept = RedisLinks(store, self.ledger, signed, link_ttl=TTL, claim_ttl=ttl)
        self.creator = LinkCreator(self.kept, self.clock, seal_bundle, "", TTL)
        deciding = self.access, self.clock
        opener = LinkOpener(self.kept, self.enabler, *deciding, self.changes, self.locks)
        self.revealer = Revealer(self.kept, opener, *deciding, hash_proof, self.changes)
        self.recoverer = LinkRecoverer(self.kept, self.enabler, self.clock)
        self.pending = PendingCredentials(
            "c1", TOM, "e1", "Staging", "lumen-staging", "8148", "deploy", self.clock.now()
        )

    async def made(self) -> tuple[str, str]:
        """Create pending credentials and a link; returns its id and its key."""
        entry = Entry(self.clock.now(), AuditEvent.DONE, "key:create")
        await self.kept.add_pending(self.pending, entry)
        made = await self.creator.make(self.pending, CREDENTIALS)
        assert made
        link_id, _, key = made.url.show().removeprefix("/s/").partition("#")
        return link_id, key

    async def press(self, link: tuple[str, str], visit: str = "") -> object:
        """Press Reveal."""
        return await self.revealer.reveal(link[0], proof_of(decode(link[1])), Secret(visit))

    async def look(self, link: tuple[str, str]) -> Whose:
        """Ask what became of the link, as its page does before a press."""
        return await self.revealer.whose(link[0], proof_of(decode(link[1])))


@pytest.fixture
def setup(redis: Redis) -> LinkSetup:
    """Create one on an empty store."""
    return LinkSetup(redis)


async def test_whose_it_is_is_told_to_who_holds_it_and_spends_nothing(setup: LinkSetup) -> None:
    """Without a proof, neither a name nor the link's existence is revealed"""
    link = await setup.made()
    proof = proof_of(decode(link[1]))

    told = await setup.revealer.whose(link[0], proof)

    assert Addressed("Tom", "deploy", "Staging", setup.pending.fingerprint) == told
    assert isinstance(await setup.revealer.whose(link[0], Secret("another")), Gone)
    assert isinstance(await setup.revealer.whose("another", proof), Gone)
    assert setup.enabler.calls == []
    assert isinstance(await setup.press(link), Revealed)
    assert isinstance(await setup.revealer.whose(link[0], proof), AlreadyOpened)


async def test_who_is_gone_is_addressed_no_more(setup: LinkSetup) -> None:
    """The page shows it before the press"""
    link = await setup.made()
    setup.access.answer = False
    told = await setup.revealer.whose(link[0], proof_of(decode(link[1])))
    assert isinstance(told, NoLongerAllowed)


async def test_it_is_revealed_once_to_who_holds_it(setup: LinkSetup) -> None:
    """The key is enabled first, and the second press learns when the first was."""
    link = await setup.made()
    assert isinstance(await setup.look(link), Addressed)

    revealed = await setup.press(link)

    assert isinstance(revealed, Revealed)
    opened = open_bundle(revealed.sealed, link[1], link[0], setup.pending.fingerprint)
    assert opened["api_secret"] == SECRET
    assert setup.enabler.enabled
    assert AlreadyOpened(setup.clock.now()) == await setup.press(link)
    assert AlreadyOpened(setup.clock.now()) == await setup.look(link)
    assert await setup.kept.pending_of(TOM) == []


async def uncollected(setup: LinkSetup) -> tuple[int, int]:
    """Count credentials that no person has seen: with an open link, and with an expired one."""
    stock = await RedisStock(Store(setup.redis), setup.clock).take_stock()
    return stock.uncollected["open"], stock.uncollected["expired"]


@pytest.mark.parametrize("how", ["opened", "revoked"])
async def test_credentials_count_as_uncollected_until_they_are_opened_or_revoked(
    setup: LinkSetup, how: str
) -> None:
    """A new link in place of an expired one can be opened again, and counts once"""
    await setup.made()
    assert (1, 0) == await uncollected(setup)
    setup.clock.go_on(minutes=TTL / timedelta(minutes=1))
    assert (0, 1) == await uncollected(setup)
    link = await setup.made()
    assert (1, 0) == await uncollected(setup)
    if how == "opened":
        assert isinstance(await setup.press(link), Revealed)
    else:
        entry = Entry(setup.clock.now(), AuditEvent.RELEASED, "key:disable")
        await setup.kept.revoke(setup.pending, entry)
    assert (0, 0) == await uncollected(setup)


async def test_a_wrong_proof_a_wrong_id_and_an_expired_link_are_the_same(setup: LinkSetup) -> None:
    """Both get the same answer, and the link stays unopened."""
    link = await setup.made()
    assert Gone() == await setup.revealer.reveal(link[0], Secret("x"))
    assert Gone() == await setup.revealer.reveal("nowhere", proof_of(decode(link[1])))
    await setup.redis.delete("{keysmith}:sealed:" + link[0])
    assert Gone() == await setup.press(link)
    assert Gone() == await setup.look(link)
    assert setup.enabler.calls == []


async def kept_in_redis(setup: LinkSetup, link_id: str) -> None:
    """Redis is made to keep the ciphertext for good."""
    await setup.redis.persist("{keysmith}:sealed:" + link_id)


async def test_a_link_expires_even_if_redis_keeps_its_ciphertext(setup: LinkSetup) -> None:
    """The end is in the record, under its MAC"""
    link = await setup.made()
    await kept_in_redis(setup, link[0])
    setup.clock.go_on(minutes=TTL / timedelta(minutes=1))
    assert Gone() == await setup.look(link)
    assert Gone() == await setup.revealer.whose(link[0], proof_of(decode(link[1])))
    assert Gone() == await setup.press(link)
    assert setup.enabler.calls == []


async def test_a_failed_opening_does_not_prolong_a_link(setup: LinkSetup) -> None:
    """It ends when it would have"""
    link = await setup.made()
    await kept_in_redis(setup, link[0])
    setup.clock.go_on(minutes=TTL / timedelta(minutes=1) - 1)
    setup.enabler.failures = [Unavailable("500", maybe_done=True)]
    with pytest.raises(Unavailable):
        await setup.press(link)
    assert isinstance(await setup.look(link), Addressed)
    await kept_in_redis(setup, link[0])
    setup.clock.go_on(minutes=1)
    assert Gone() == await setup.press(link)


async def test_a_page_reads_its_answer_again_for_a_minute_only(setup: LinkSetup) -> None:
    """Even if Redis keeps the ciphertext"""
    link = await setup.made()
    assert isinstance(await setup.press(link, "page"), Revealed)
    await kept_in_redis(setup, link[0])
    setup.clock.go_on(minutes=0.9)
    assert isinstance(await setup.press(link, "page"), Revealed)
    setup.clock.go_on(minutes=0.1)
    assert isinstance(await setup.press(link, "page"), AlreadyOpened)


async def test_a_link_of_the_former_version_is_opened(setup: LinkSetup) -> None:
    """Its record has no end; Redis still ends it"""
    link = await setup.made()
    record = "{keysmith}:link:" + link[0]
    fields = await setup.signed.read(record)
    former = {name: it for name, it in fields.items() if name not in {"ends", "mac"}}
    entry = Entry(setup.clock.now(), AuditEvent.DONE, "former")
    await setup.ledger.write(entry, (delete(record), setup.signed.hset(record, former)))
    setup.clock.go_on(minutes=1)
    assert isinstance(await setup.press(link), Revealed)


async def test_of_many_at_once_one_gets_it(setup: LinkSetup) -> None:
    """The others learn that it is being opened, or when it was."""
    link = await setup.made()
    answers = await asyncio.gather(*(setup.press(link) for _ in range(200)))
    assert len([a for a in answers if isinstance(a, Revealed)]) == 1
    assert {type(a) for a in answers} <= {Revealed, BeingOpened, AlreadyOpened}
    assert setup.enabler.calls == [True]


async def test_a_key_that_is_not_enabled_leaves_the_link_as_it_was(setup: LinkSetup) -> None:
    """The attempt is undone, and the next press works."""
    link = await setup.made()
    setup.enabler.failures = [Unavailable("500", maybe_done=True)]
    with pytest.raises(Unavailable):
        await setup.press(link)
    assert setup.enabler.calls == [True, False]
    assert isinstance(await setup.press(link), Revealed)


async def test_a_key_disabled_after_its_creation_is_not_enabled_by_its_link(
    setup: LinkSetup,
) -> None:
    """Not even if its credentials still wait: the disabling came through another way."""
    link = await setup.made()
    later = setup.clock.now() + timedelta(seconds=1)
    setup.changes.last = LastChange("disabled", "Ada", later, "j2", later)
    assert NoLongerAllowed() == await setup.press(link)
    assert setup.enabler.calls == []


async def test_the_owner_of_a_key_is_stored_for_good(setup: LinkSetup) -> None:
    """Beyond its credentials; nothing is stored for another person."""
    await setup.made()
    own = OwnKey(TOM, setup.pending.environment_id, setup.pending.api_key)
    assert own == await setup.kept.owner_of(own.api_key)
    assert [own] == await setup.kept.keys_of(TOM)
    assert [] == await setup.kept.keys_of(Actor("T1", "U2"))
    assert -1 == await setup.redis.ttl(keys_of(TOM))
    assert -1 == await setup.redis.ttl(owner(own.api_key))


async def test_an_index_of_another_person_gives_them_no_key(setup: LinkSetup) -> None:
    """With write access to Redis: the record of the key says who its owner is."""
    await setup.made()
    eve = Actor("T1", "U0EVE")
    await setup.redis.zadd(keys_of(eve), {setup.pending.api_key: 1})
    assert [] == await setup.kept.keys_of(eve)


async def test_who_can_not_be_asked_about_is_not_shown(setup: LinkSetup) -> None:
    """Slack does not answer: nothing is enabled, and the link stays unopened."""
    link = await setup.made()
    setup.access.answer = SlackError("ratelimited")
    with pytest.raises(SlackError):
        await setup.press(link)
    setup.access.answer = False
    assert NoLongerAllowed() == await setup.press(link)
    assert setup.enabler.calls == []
    setup.access.answer = True
    assert isinstance(await setup.press(link), Revealed)


async def test_a_link_that_is_replaced_while_it_opens_leaves_a_dead_key(setup: LinkSetup) -> None:
    """The new link is the one that counts."""
    link = await setup.made()
    held = await setup.kept.find(link[0])
    assert held
    entry = Entry(setup.clock.now(), AuditEvent.BEGUN, "link:open")
    assert await setup.kept.start(held, setup.clock.now(), entry)
    await setup.enabler.set_enabled("e1", "8148", enabled=True)
    assert await setup.creator.make(setup.pending, CREDENTIALS)
    assert await setup.kept.take(held, setup.pending, setup.clock.now(), entry) is None


async def test_ciphertext_that_goes_while_it_opens_leaves_a_dead_key(setup: LinkSetup) -> None:
    """A key that is not shown is disabled again."""
    link = await setup.made()

    class Thief(FakeEnabler):
        async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
            await setup.redis.delete("{keysmith}:sealed:" + link[0])
            return await super().set_enabled(environment_id, api_key, enabled=enabled)

    setup.enabler = Thief()
    setup.__post_init__()
    assert Gone() == await setup.press(link)
    assert setup.enabler.calls == [True, False]
    assert not setup.enabler.enabled


async def test_what_a_killed_process_left_half_open_is_closed_and_opens_again(
    setup: LinkSetup,
) -> None:
    """After the lease and not before: the process may still be opening it."""
    link = await setup.made()
    held = await setup.kept.find(link[0])
    assert held
    entry = Entry(setup.clock.now(), AuditEvent.BEGUN, "link:open")
    assert await setup.kept.start(held, setup.clock.now(), entry)
    setup.enabler.enabled = True
    await setup.recoverer.recover()
    assert setup.enabler.enabled
    assert BeingOpened() == await setup.press(link)

    setup.clock.go_on(seconds=LEASE.total_seconds() + 1)
    await setup.recoverer.recover()

    assert setup.enabler.calls == [False]
    assert isinstance(await setup.press(link), Revealed)


async def test_one_link_that_can_not_be_recovered_does_not_keep_the_others(
    setup: LinkSetup,
) -> None:
    """A deleted key needs nothing; a failed one is tried again, and does not delay the next one."""
    first = await setup.made()
    entry = Entry(setup.clock.now(), AuditEvent.BEGUN, "link:open")
    held = await setup.kept.find(first[0])
    assert held
    assert await setup.kept.start(held, setup.clock.now(), entry)
    setup.pending = replace(setup.pending, id="c2", api_key="8149")
    held = await setup.kept.find((await setup.made())[0])
    assert held
    assert await setup.kept.start(held, setup.clock.now(), entry)
    setup.clock.go_on(seconds=LEASE.total_seconds() + 1)
    setup.enabler.failures = [Unavailable("500", maybe_done=True)]

    assert [Unavailable] == [type(error) for error in await setup.recoverer.recover()]
    setup.clock.go_on(seconds=LEASE.total_seconds() + 1)
    setup.enabler.failures = [NotFound("gone")]
    assert await setup.recoverer.recover() == []

    assert setup.enabler.calls == [False, False, False]
    assert await setup.kept.half_open(setup.clock.now()) == []


async def test_an_opening_that_was_taken_over_takes_nothing(setup: LinkSetup) -> None:
    """A slow process that continues after its lease no longer owns the link."""
    link = await setup.made()
    held = await setup.kept.find(link[0])
    assert held
    entry = Entry(setup.clock.now(), AuditEvent.BEGUN, "link:open")
    assert await setup.kept.start(held, setup.clock.now(), entry)
    held = await setup.kept.find(link[0])
    assert held
    assert await setup.kept.seize(held, setup.clock.now() + LEASE, entry)

    assert await setup.kept.take(held, setup.pending, setup.clock.now(), entry) is None
    assert not await setup.kept.release(held, entry)


async def test_a_visitor_who_left_before_the_answer_leaves_a_dead_key(setup: LinkSetup) -> None:
    """The link can be opened again."""
    link = await setup.made()
    assert Gone() == await setup.revealer.reveal(
        link[0], proof_of(decode(link[1])), is_there=lambda: False
    )
    assert setup.enabler.calls == [True, False]
    assert isinstance(await setup.press(link), Revealed)


async def test_an_answer_that_was_lost_is_given_to_the_same_page_again(setup: LinkSetup) -> None:
    """And to no other page, even with the link; each answer has an audit entry"""
    link = await setup.made()
    first = await setup.press(link, "this page")
    assert isinstance(first, Revealed)

    assert first == await setup.press(link, "this page")

    for other in ("another page", ""):
        assert isinstance(await setup.press(link, other), AlreadyOpened)
    assert isinstance(
        await setup.revealer.reveal(link[0], Secret("no proof"), Secret("this page")), Gone
    )
    assert [True] == setup.enabler.calls
    entries = [json.loads(record.body) async for record in setup.ledger.records()]
    assert ["", "again, to the same page"] == [
        each["detail"] for each in entries if each["deed"] == AuditEvent.REVEALED
    ]


async def test_an_opening_that_was_given_up_is_not_given_again(redis: Redis) -> None:
    """Its key is disabled by then: no replica had the opening in time"""
    setup = LinkSetup(redis, replicas=1)
    link = await setup.made()

    async def press() -> None:
        await setup.press(link, "this page")

    pressed = asyncio.create_task(press())
    while not isinstance(await setup.look(link), AlreadyOpened):  # noqa: ASYNC110  # in Redis
        await asyncio.sleep(0)
    await end(pressed)  # as its deadline does
    assert setup.enabler.calls == [True, False]

    later = LinkSetup(redis)  # the replica is back
    assert isinstance(await later.press(link, "this page"), AlreadyOpened)
    assert not await redis.exists(f"{PREFIX}sealed:{link[0]}")


async def test_a_lost_answer_is_given_again_for_a_moment_only(setup: LinkSetup) -> None:
    """Then no page gets it, as if it had been taken at once"""
    link = await setup.made()
    assert isinstance(await setup.press(link, "this page"), Revealed)
    left = await setup.redis.ttl(f"{PREFIX}sealed:{link[0]}")
    assert 0 < left <= 60

    await setup.redis.delete(f"{PREFIX}sealed:{link[0]}")

    assert isinstance(await setup.press(link, "this page"), AlreadyOpened)


async def test_a_page_that_does_not_tell_itself_from_others_gets_one_answer(
    setup: LinkSetup,
) -> None:
    """Nothing is stored for it"""
    link = await setup.made()
    assert isinstance(await setup.press(link), Revealed)
    assert 0 == await setup.redis.exists(f"{PREFIX}sealed:{link[0]}")
    assert isinstance(await setup.press(link), AlreadyOpened)


async def test_a_claimed_claim_has_no_further_link(setup: LinkSetup) -> None:
    """Collected is collected."""
    assert isinstance(await setup.press(await setup.made()), Revealed)
    assert await setup.creator.make(setup.pending, CREDENTIALS) is None


async def test_redis_never_holds_what_opens_it(setup: LinkSetup) -> None:
    """Neither the secret nor the link's key nor its proof; and the audit log is intact."""
    link = await setup.made()
    await setup.press(link)
    kept = ""
    for key in await setup.redis.keys("*"):
        kept += str(await _content(setup.redis, str(key)))
    for secret in (SECRET, link[1], proof_of(decode(link[1])).show()):
        assert secret not in kept
    records = [record async for record in setup.ledger.records()]
    head = await setup.ledger.head()
    assert isinstance(verify(records, head, [ChainKey(b"k" * 32)]), Intact)
    assert "revealed" in str(records)


READERS = {
    "string": ("GET",),
    "hash": ("HGETALL",),
    "stream": ("XRANGE", "-", "+"),
    "zset": ("ZRANGE", "0", "-1"),
}


async def _content(redis: Redis, key: str) -> object:
    """The value of a Redis key of any type."""
    verb, *rest = READERS[str(await redis.type(key))]
    return await Store(redis).call(verb, key, *rest)


async def test_only_a_proven_visit_is_about_the_link_s_command(setup: LinkSetup) -> None:
    """The id of the command stands in errors and logs; a visitor without a proof learns none"""
    link = await setup.made()
    with about("visit"):
        await setup.revealer.reveal(link[0], Secret("wrong"))
        assert current_id() == "visit"
        await setup.press(link)
        assert current_id() == setup.pending.id


@pytest.mark.parametrize("alone", [True, False])
async def test_a_first_key_signs_webhooks_and_its_page_says_so(
    setup: LinkSetup, *, alone: bool
) -> None:
    """Beside another enabled key it signs nothing"""
    link, now = await setup.made(), setup.clock.now()
    other = Key("8100", "old", not alone, root=False, created_at=now, updated_at=now)
    setup.enabler.others, setup.enabler.created_at = [other], now + TTL
    revealed = await setup.press(link)
    assert isinstance(revealed, Revealed)
    assert revealed.signs is alone


async def test_a_key_that_is_older_than_the_signer_stays_disabled(setup: LinkSetup) -> None:
    """Its link opens once the signer is pinned"""
    link, now = await setup.made(), setup.clock.now()
    signing = Key("8200", "young", enabled=True, root=False, created_at=now, updated_at=now)
    setup.enabler.others, setup.enabler.created_at = [signing], now - TTL
    assert MovesSigner() == await setup.press(link)
    assert setup.enabler.calls == []
    setup.enabler.others = [replace(signing, dedicated_for=("webhooks",))]
    assert isinstance(await setup.press(link), Revealed)


async def test_a_link_waits_for_the_turn_of_its_environment(setup: LinkSetup) -> None:
    """Another change may make the key the signer: it is compared with what that change leaves"""
    link, now = await setup.made(), setup.clock.now()
    first, second = (
        Key(name, name, enabled=True, root=False, created_at=now + after, updated_at=now)
        for name, after in (("old", -2 * TTL), ("young", TTL))
    )
    setup.enabler.others, setup.enabler.created_at = [first, second], now
    async with setup.locks.hold("environment:e1"):
        press = asyncio.create_task(setup.press(link))
        done, _ = await asyncio.wait({press}, timeout=0.3)
        assert not done
        setup.enabler.others = [replace(first, enabled=False), second]
    assert MovesSigner() == await press
    assert setup.enabler.calls == []


async def test_a_press_that_gets_no_turn_leaves_the_link_sealed(setup: LinkSetup) -> None:
    """The next press opens it"""
    link = await setup.made()
    async with setup.locks.hold("environment:e1"):
        press = asyncio.create_task(setup.press(link))
        await asyncio.wait({press}, timeout=0.3)
        press.cancel()
        await asyncio.wait({press})
        assert isinstance(await setup.look(link), Addressed)
    assert isinstance(await setup.press(link), Revealed)


async def receipts(setup: LinkSetup) -> list[tuple[str, Receipt]]:
    """Whom the outbox tells of an opening, and what."""
    found = [read_notification(each) for each in await queued_in(setup.redis)]
    told = [it for it in found if it.topic is Topic.RECEIPT]
    return [(it.to, Receipt.read(it.text)) for it in told]


@pytest.mark.parametrize("approved", ["", "6e15-f3b6"])
async def test_an_opening_has_the_messages_with_collect_say_so(
    approved: str, setup: LinkSetup
) -> None:
    """Once, in its step; of credentials that were requested, their request does it"""
    setup.pending = replace(setup.pending, id="c4", approved=approved)
    link = await setup.made()
    for _ in range(2):
        await setup.press(link)
    found = [read_notification(each) for each in await queued_in(setup.redis)]
    over = [Settled.read(it.text) for it in found if it.topic is Topic.SETTLED]
    assert ([] if approved else [("c4", True)]) == [(it.pending_id, it.opened) for it in over]


async def queued_in(redis: Redis) -> list[dict[str, str]]:
    """Read the items of the outbox."""
    command = ("XRANGE", names.OUTBOX, "-", "+")
    items: list[tuple[str, dict[str, str]]] = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # left untyped
    return [fields for _, fields in items]


FIREFOX = Browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "mark")


async def test_the_owner_is_told_of_the_opening_in_its_very_step(setup: LinkSetup) -> None:
    """Once, also where the same page asks again; the audit entry has the browser and the address"""
    link = await setup.made()
    proof = proof_of(decode(link[1]))
    for visitor in (TOM, TOM):
        there = setup.revealer.reveal(link[0], proof, Secret("v"), visitor=visitor, browser=FIREFOX)
        assert isinstance(await there, Revealed)

    opened = Receipt(
        *("8148", "deploy", "Staging", setup.clock.now(), "Firefox", "Linux"), signed_in=True
    )
    assert [("U1", opened)] == await receipts(setup)
    entries = [Entry.read(it.body) async for it in setup.ledger.records()]
    revealed = [it for it in entries if it.event is AuditEvent.REVEALED]
    assert [FIREFOX.agent] * 2 == [it.target["agent"] for it in revealed]
    assert ["mark"] * 2 == [it.target["address"] for it in revealed]


@pytest.mark.parametrize("how", ["refused", "broken", "left", "unproven"])
async def test_no_opening_is_told_that_was_none(setup: LinkSetup, how: str) -> None:
    """The owner may not have it, Cloudinary fails, the browser is gone, or the proof is wrong"""
    link = await setup.made()
    proof = proof_of(decode(link[1])) if how != "unproven" else Secret("another")
    setup.access.answer = how != "refused"
    setup.enabler.failures = [Unavailable("500", maybe_done=True)] if how == "broken" else []
    with contextlib.suppress(Unavailable):
        await setup.revealer.reveal(link[0], proof, is_there=lambda: how != "left")
    assert await receipts(setup) == []


async def test_a_page_reads_nothing_again_after_its_key_was_disabled(setup: LinkSetup) -> None:
    """Its owner may have said that it was another person"""
    link = await setup.made()
    assert isinstance(await setup.press(link, "v"), Revealed)
    at = setup.clock.now() + timedelta(seconds=1)
    setup.changes.last = LastChange("begun to be disabled", "Keysmith", at, "leak-8148", at)
    assert isinstance(await setup.press(link, "v"), NoLongerAllowed)


async def test_a_link_whose_record_changed_since_it_was_read_is_started(setup: LinkSetup) -> None:
    """What decides is its state: an opened one is not started again"""
    link = await setup.made()
    held = await setup.kept.find(link[0])
    assert held
    setup.clock.go_on(seconds=1)
    entry = Entry(setup.clock.now(), AuditEvent.BEGUN, "link:open")
    assert await setup.kept.start(held, setup.clock.now(), entry)
    begun = await setup.kept.find(link[0])
    assert begun
    assert not await setup.kept.start(held, setup.clock.now(), entry)
    assert await setup.kept.release(begun, entry)
    assert await setup.kept.start(held, setup.clock.now(), entry)


async def test_a_key_s_record_that_is_not_believed_holds_no_opening_up(setup: LinkSetup) -> None:
    """It is reported, and left as it is"""
    link = await setup.made()
    key, forged = names.key_record("8148"), {"doc": "{}", "mac": "forged"}
    await setup.redis.hset(key, items=[each for pair in forged.items() for each in pair])
    assert isinstance(await setup.press(link), Revealed)
    assert forged == await setup.redis.hgetall(key)


async def test_an_opening_reads_each_record_no_more_often_than_it_must(setup: LinkSetup) -> None:
    """All of it, the ciphertext too, with the press; the steps guard that it is still so"""
    await setup.press(await setup.made())
    setup.pending = replace(setup.pending, id="c2")
    link = await setup.made()
    await setup.redis.config_resetstat()
    assert isinstance(await setup.press(link), Revealed)
    stats = await setup.redis.info("commandstats")
    reads = {name: stats[f"cmdstat_{name}"]["calls"] for name in ("hmget", "hgetall")}
    assert {"hmget": 1, "hgetall": 3} == reads


async def test_a_record_that_changes_while_a_link_opens_is_read_again(setup: LinkSetup) -> None:
    """The press read it before: what is written is of the new one, and the owner has the secret"""
    link = await setup.made()

    record = pending_credentials(setup.pending.id)

    class Granter(FakeEnabler):
        async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
            change, same = await setup.signed.change(record, role="Viewer")
            entry = Entry(setup.clock.now(), AuditEvent.DONE, "key:grant")
            assert await setup.ledger.write(entry, (change,), same)
            return await super().set_enabled(environment_id, api_key, enabled=enabled)

    setup.enabler = Granter()
    setup.__post_init__()
    assert isinstance(await setup.press(link), Revealed)
    assert setup.enabler.calls == [True]
    stored = await setup.signed.read(record)
    assert (stored["state"], stored["role"]) == ("claimed", "Viewer")


async def test_credentials_that_another_link_gave_meanwhile_leave_a_dead_key(
    setup: LinkSetup,
) -> None:
    """The press read them as waiting; the step decides"""
    link = await setup.made()
    record = pending_credentials(setup.pending.id)

    class Other(FakeEnabler):
        async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
            if enabled:
                change, same = await setup.signed.change(record, state="claimed")
                entry = Entry(setup.clock.now(), AuditEvent.DONE, "link:open")
                assert await setup.ledger.write(entry, (change,), same)
            return await super().set_enabled(environment_id, api_key, enabled=enabled)

    setup.enabler = Other()
    setup.__post_init__()
    assert Gone() == await setup.press(link)


async def test_another_ciphertext_than_the_one_that_was_sealed_is_refused(
    setup: LinkSetup,
) -> None:
    """A person with write access to Redis put it there before the press"""
    link = await setup.made()
    await setup.redis.set("{keysmith}:sealed:" + link[0], "another", keepttl=True)
    with pytest.raises(AlteredRecord):
        await setup.press(link)
    assert setup.enabler.calls == [True, False]


async def test_a_link_is_never_taken_for_one_to_other_credentials(setup: LinkSetup) -> None:
    """A person with write access to Redis swaps the ids while the link is looked up"""
    other = replace(setup.pending, id="c2", api_key="8149", name="other")
    own, setup.pending = setup.pending, other
    await setup.made()
    setup.pending = own
    link = await setup.made()

    class Swapped(Store):
        ids = ("", "")

        async def call(self, *parts: str) -> object:
            found = await super().call(*parts)
            if parts[0] == "HMGET" and isinstance(found, list):
                return [found[0], *self.ids]
            return found

    setup.store = Swapped
    setup.__post_init__()
    for ids in (("c2", "8148"), ("c1", "8149"), ("c2", "8149")):
        Swapped.ids = ids
        told = await setup.look(link)
        assert isinstance(told, Addressed)
        assert told.fingerprint == own.fingerprint
    assert isinstance(await setup.press(link), Revealed)
    assert (await setup.signed.read(pending_credentials("c2")))["state"] == "waiting"
    assert (await setup.signed.read(pending_credentials("c1")))["state"] == "claimed"


@pytest.mark.parametrize("how", ["ended", "replaced"])
@pytest.mark.parametrize("when", ["before the press", "between the proof and the end"])
async def test_a_link_that_is_over_opens_for_no_one_who_puts_its_ciphertext_back(
    setup: LinkSetup, how: str, when: str
) -> None:
    """A person with write access to Redis kept it: that the link is over is under a MAC"""
    link = await setup.made()
    live = RedisLiveLinks(Store(setup.redis), setup.ledger, setup.signed)
    sealed = names.sealed(link[0])
    kept = await setup.redis.get(sealed)

    async def is_over() -> None:
        if how == "ended":
            (one,) = await live.every(setup.clock.now())
            entry = Entry(setup.clock.now(), AuditEvent.DONE, "link:end")
            assert await live.end(one, setup.clock.now(), entry, ())
        else:
            assert await setup.creator.make(setup.pending, CREDENTIALS)
        assert kept
        assert await setup.redis.set(sealed, kept, ex=600)

    class Slow(FakeEnabler):
        async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
            if enabled:
                await is_over()
            return await super().set_enabled(environment_id, api_key, enabled=enabled)

    if when == "before the press":
        await is_over()
        assert isinstance(await setup.look(link), Gone)
    else:
        setup.enabler = Slow()
        setup.__post_init__()
    assert isinstance(await setup.press(link), Gone)
    assert not setup.enabler.enabled
    if how == "ended":
        assert await live.every(setup.clock.now()) == []
