"""The life of a link over real Redis: every press, expiry, revocation, crash and failover mixed.

Whatever comes when, one page at most has the secret, and a key that works was delivered, or its
owner is told. Each press makes its calls one by one, in turns that are drawn.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar, Final, ParamSpec, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.live_links import RedisLiveLinks
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.steps import Applied, Lost, Step
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.vault import decode, hash_proof, proof_of, seal_bundle
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.jobs import Job
from bot.domain.key_records import KeyRecord
from bot.domain.keys import Credentials, Key, LastChange
from bot.domain.links import Revealed
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.notifications import Topic
from bot.domain.secret import Secret
from bot.errors import KeysmithError, Unavailable
from bot.flows.links.make import LinkCreator
from bot.flows.links.open import LinkOpener
from bot.flows.links.recover import LEASE, LinkRecoverer
from bot.flows.links.reveal import Revealer
from tests.contracts.redis_server import connected, server
from tests.fakes.clock import FakeClock
from tests.flows.failing_fakes import Crash, Failing, FailurePoint

__all__ = ["server"]

P = ParamSpec("P")
T = TypeVar("T")

TOM: Final = Actor("T1", "U1")
CREDENTIALS: Final = Credentials("lumen-staging", "8148", Secret("s" * 27))
TTL: Final = timedelta(minutes=10)
STUCK: Final = 20.0
"""Seconds for one call, at most."""
WHOLE: Final = 100
"""More calls than an act makes."""
KEYS: Final = (b"n" * 32, b"k" * 32)
"""The older one signs at first."""
PICK: Final = st.integers(0, 5)
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "0")) * 3 or 12
EVERYTHING: Final = "*"

Photo = dict[str, tuple[bytes, int]]
"""All of Redis: what a key holds, and its time to live in milliseconds."""


@dataclass
class Act:
    """A press or a recovery: it stops before each call, until its turn comes."""

    page: str = ""
    link_id: str = ""
    lost: bool = False
    """Whether the answer does not reach the page."""
    dead: bool = False
    task: "asyncio.Task[object] | None" = None
    go: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def stop(self) -> None:
        """Wait for the next turn; a dead one makes no call any more."""
        self.stopped.set()
        await self.go.wait()
        self.go.clear()
        if self.dead:
            raise Crash


ACT: Final[ContextVar[Act | None]] = ContextVar("act", default=None)


class Turns(FailurePoint):
    """Each call of an act waits for its turn; other calls pass."""

    async def guard(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make one call."""
        if act := ACT.get():
            await act.stop()
        return await work(*args, **kwargs)


@dataclass
class FewLocks:
    """Locks of acts; a dead one's is free at once."""

    held: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def hold(self, name: str, job: Job | None = None) -> AsyncIterator[None]:
        """Take it as soon as it is free."""
        del job
        while name in self.held:
            act = ACT.get()
            assert act
            await act.stop()
        self.held.add(name)
        try:
            yield
        finally:
            self.held.discard(name)

    async def ahead(self, name: str, job: Job) -> int:
        """Count no one."""
        del job
        return int(name in self.held)

    async def leave(self, name: str, job: Job) -> None:
        """Leave no line."""


@dataclass
class Switch:
    """The key at Cloudinary, who may have it, and its last change."""

    enabled: bool = False
    fails: str = ""
    allowed: bool = True
    last: LastChange | None = None

    async def keys(self, environment_id: str) -> list[Key]:
        """List the key, and another one that signs."""
        signs = Key("1", "old", True, True, None, None, ("webhooks",))  # noqa: FBT003  # as listed
        return [self._key(environment_id), signs]

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Change it, or fail before or after that."""
        assert api_key == CREDENTIALS.api_key
        fails, self.fails = self.fails, ""
        if fails == "before":
            raise Unavailable("503", maybe_done=True)
        self.enabled = enabled
        if fails == "after":
            raise Unavailable("500", maybe_done=True)
        return self._key(environment_id)

    async def name_of(self, actor: Actor) -> str | None:
        """Name the owner."""
        return actor.user_id

    async def may_still_claim(self, pending: PendingCredentials) -> bool:
        """Whether the owner may."""
        return self.allowed and pending.owner == TOM

    async def last_change(self, api_key: str) -> LastChange | None:
        """Give it."""
        assert api_key
        return self.last

    def _key(self, environment_id: str) -> Key:
        return Key(CREDENTIALS.api_key, environment_id, self.enabled, False, None, None)  # noqa: FBT003  # as listed


class TurnedSwitch(Failing, Switch):
    """Cloudinary, in turns."""


class TurnedLinks(Failing, RedisLinks):
    """The store, in turns."""


class Replicated(Ledger):
    """Keeps what a replica may have after each step: at least what a caller waited for."""

    photos: list[Photo]
    redis: Redis

    async def commit(self, step: Step) -> Applied | Lost:
        """Commit a step; with a `replicated` one the replicas have all before it."""
        verdict = await super().commit(step)
        if step.replicated:
            self.photos.clear()
        self.photos.append(await photo(self.redis))
        return verdict


async def photo(redis: Redis) -> Photo:
    """Keep all of Redis."""
    every = [str(each) for each in await redis.keys(EVERYTHING)]
    async with redis.pipeline(transaction=False) as pipeline:
        for key in every:
            pipeline.dump(key)
            pipeline.pttl(key)
        found = await pipeline.execute()
    pairs = zip(every, found[::2], found[1::2], strict=True)
    return {key: (content, max(0, int(left))) for key, content, left in pairs if content}


class Process:
    """What one process has, over one Redis."""

    def __init__(self, redis: Redis, clock: FakeClock, account: TurnedSwitch, turns: Turns) -> None:
        store = Store(redis)
        self.ledger = Replicated(redis, store, Keyring(KEYS))
        self.ledger.photos, self.ledger.redis = [], redis
        self.signed = open_signed(store, self.ledger)
        stored = store, self.ledger, self.signed
        self.links = TurnedLinks(*stored, link_ttl=TTL, claim_ttl=timedelta(hours=8))
        self.links.failure_point = turns
        self.live = RedisLiveLinks(*stored)
        self.creator = LinkCreator(self.links, clock, seal_bundle, "", TTL)
        opener = LinkOpener(self.links, account, account, clock, account, FewLocks())
        self.revealer = Revealer(self.links, opener, account, clock, hash_proof, account)
        self.recoverer = LinkRecoverer(self.links, account, clock)


class LifeOfALink(RuleBasedStateMachine):
    """One key, its links, and all who press them."""

    socket: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock, self.turns = FakeClock(), Turns()
        self.account = TurnedSwitch()
        self.account.failure_point = self.turns
        self.urls: list[str] = []
        self.acts: list[Act] = []
        self.pages: set[str] = set()
        """Those that have the secret."""
        self.ended: set[str] = set()
        self.pressed = self.changed = 0
        self.noted: dict[str, str] = {}
        """What each record was changed to last."""

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run what is asynchronous."""
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        """Create a key that waits for its owner, and its first link."""
        self.redis = self.run(self._connect())
        at = self.clock.now()
        entry = Entry(at, AuditEvent.DONE, "key:create")
        self.run(Ledger(self.redis, Store(self.redis), ChainKey(KEYS[-1])).commit(Step((entry,))))
        self.begin_process()
        place = "e1", "Staging", CREDENTIALS.cloud_name, CREDENTIALS.api_key
        self.pending = PendingCredentials("c1", TOM, *place, "deploy", at)
        key = KeyRecord(CREDENTIALS.api_key, "e1", "deploy", False, at, at, claimed=False)  # noqa: FBT003  # disabled
        self.run(self.process.links.add_pending(self.pending, entry, key))
        self.claim()

    def begin_process(self) -> None:
        """Start a process, which looks which key signs."""
        self.process = Process(self.redis, self.clock, self.account, self.turns)
        self.run(self.process.ledger.signing.look())

    async def _connect(self) -> Redis:
        redis = await self.stack.enter_async_context(connected(self.socket))
        await redis.flushall()
        return redis

    def teardown(self) -> None:
        """End what has begun, let the recovery look, and judge."""
        try:
            if self.urls:
                while self.acts:
                    self.go(0, WHOLE)
                self.clock.go_on(seconds=LEASE.total_seconds() + 1)
                self.account.fails = ""
                self.run(self.process.recoverer.recover())
                self.judge_key()
                self.judge_records()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()

    def judge_key(self) -> None:
        """A key that works was opened, and its owner is told of it, once."""
        receipts = self.run(self._receipts())
        assert not self.account.enabled or receipts == 1, receipts
        assert receipts <= 1
        assert not self.pages or receipts == 1

    async def _receipts(self) -> int:
        items = await self.process.links._store.stream(names.OUTBOX, "-", "+", 100)
        return sum(read_notification(fields).topic is Topic.RECEIPT for _, fields in items)

    @rule(
        page=st.sampled_from(["", "a", "b"]),
        which=st.sampled_from([0, 0, 0, 1]),
        lost=PICK,
        calls=st.sampled_from([0, 3, 6, 9, WHOLE, WHOLE, WHOLE]),
    )
    def press(self, page: str, which: int, lost: int, calls: int) -> None:
        """Press a link, the newest first; a page without a name is another each time."""
        url = self.urls[::-1][which % len(self.urls)]
        link_id, _, key = url.removeprefix("/s/").partition("#")
        self.pressed += 1
        act = Act(page or f"page {self.pressed}", link_id, lost=lost == 0)
        proof, visit = proof_of(decode(key)), Secret(page)
        self.begin_act(act, partial(self.process.revealer.reveal, link_id, proof, visit))
        self.let(act, calls)

    @rule(page=st.sampled_from(["", "a", "b"]))
    def open(self, page: str) -> None:
        """Press the newest link, and wait for the answer."""
        self.press(page, 0, 1, WHOLE)

    @rule()
    def recover(self) -> None:
        """Begin to look for what was left half open."""
        self.begin_act(Act(), self.process.recoverer.recover)

    def begin_act(self, act: Act, does: Callable[[], Awaitable[object]]) -> None:
        """Let it come to its first call."""

        async def doing() -> object:
            ACT.set(act)
            try:
                return await does()
            except KeysmithError:
                return None
            finally:
                act.stopped.set()

        async def begun() -> None:
            act.task = asyncio.create_task(doing())
            async with asyncio.timeout(STUCK):
                await act.stopped.wait()

        self.run(begun())
        self.acts.append(act)

    @rule(which=PICK, calls=st.integers(1, 12))
    def go(self, which: int, calls: int) -> None:
        """Let an act make so many calls."""
        if self.acts:
            self.let(self.acts[which % len(self.acts)], calls)

    def let(self, act: Act, calls: int) -> None:
        """Give it so many turns, until it is over."""
        over = False
        for _ in range(calls):
            over = over or self.run(self._turn(act))

    async def _turn(self, act: Act) -> bool:
        """Give one turn; whether the act is over."""
        assert act.task
        act.stopped.clear()
        act.go.set()
        async with asyncio.timeout(STUCK):
            await act.stopped.wait()
            if not act.go.is_set() and not act.task.done():
                await asyncio.sleep(0)
            over = act.task.done() or act.task in (await asyncio.wait({act.task}, timeout=0))[0]
        if over:
            self.acts.remove(act)
            self._take_in(act)
        return over

    def _take_in(self, act: Act) -> None:
        assert act.task
        error = act.task.exception()
        assert error is None or isinstance(error, Crash), error
        found = None if error else act.task.result()
        if isinstance(found, Revealed):
            assert act.link_id not in self.ended, "a revoked link was opened"
            self.pages |= set() if act.lost else {act.page}

    @rule(which=PICK)
    def kill(self, which: int) -> None:
        """Kill the process of an act."""
        if self.acts:
            act = self.acts[which % len(self.acts)]
            act.dead = True
            self.let(act, WHOLE)

    @rule(after=st.integers(0, 3))
    def fail_over(self, after: int) -> None:
        """A replica takes over, with what it has; every process starts again."""
        for _ in range(len(self.acts)):
            self.kill(0)
        photos = self.process.ledger.photos
        if photos:
            self.noted.clear()
            self.run(self._restore(photos[min(after, len(photos) - 1)]))
        self.begin_process()

    async def _restore(self, kept: Photo) -> None:
        await self.redis.flushall()
        for key, (content, left) in kept.items():
            await self.redis.restore(key, left, content)

    @rule()
    def claim(self) -> None:
        """Let the owner ask for a new link."""
        made = self.run(self.process.creator.make(self.pending, CREDENTIALS))
        if made:
            self.urls.append(made.url.show())

    @rule(which=PICK)
    def revoke(self, which: int) -> None:
        """End a live link."""
        every = self.run(self.process.live.every(self.clock.now()))
        if every:
            one = every[which % len(every)]
            at = self.clock.now()
            entry = Entry(at, AuditEvent.DONE, "link:revoke")
            if self.run(self.process.live.end(one, at, entry, ())):
                self.ended.add(one.link.id)

    @rule(seconds=st.sampled_from([1, 30, 61, 601]))
    def wait(self, seconds: int) -> None:
        """Let time pass, and what expires in Redis be gone."""
        self.clock.go_on(seconds=seconds)
        self.run(self._expire(seconds))

    async def _expire(self, seconds: int) -> None:
        for key, (_, left) in (await photo(self.redis)).items():
            if left:
                await self.redis.pexpire(key, max(0, left - seconds * 1000))

    @rule(which=st.integers(0, 3), calls=st.integers(2, 9))
    def open_as_a_record_changes(self, which: int, calls: int) -> None:
        """Press the newest link, and let a record or the signing key change in the middle of it."""
        self.press("", 0, 1, calls)
        pressed = self.acts[-1:]
        self.move_the_signing_key() if which > 2 else self.change_a_record(which)
        for act in pressed:
            self.let(act, WHOLE)

    @rule(which=st.integers(0, 2))
    def change_a_record(self, which: int) -> None:
        """Change what an opening read with its press, and writes at its end: it reads it again."""
        self.changed += 1
        newest = self.urls[-1].removeprefix("/s/").partition("#")[0]
        pending, key = names.pending_credentials(self.pending.id), CREDENTIALS.api_key
        self.run(self._change((names.link(newest), pending, names.key_record(key))[which]))

    async def _change(self, record: str) -> None:
        found = await self.process.signed.find(record)
        if not found:
            return  # it has expired
        doc = json.dumps(json.loads(found.get("doc", "{}")) | {"purpose": str(self.changed)})
        change, same = await self.process.signed.change(record, doc=doc)
        entry = Entry(self.clock.now(), AuditEvent.DONE, "key:note")
        assert await self.process.ledger.write(entry, (change,), same)
        self.noted[record] = str(self.changed)

    def judge_records(self) -> None:
        """No opening has written what it had read before another one changed it."""
        for record, noted in self.noted.items():
            found = self.run(self.process.signed.read(record))
            assert not found or json.loads(found["doc"])["purpose"] == noted, record

    @rule()
    def move_the_signing_key(self) -> None:
        """Let the newer key sign from now on."""
        entry = Entry(self.clock.now(), AuditEvent.ROLLED_OVER, names.ROLLED_OVER)
        if self.process.ledger.keyring.signer.secret == KEYS[-1]:
            self.run(self.process.ledger.rotate(entry, "moved"))

    @rule(allowed=st.booleans())
    def change_rights(self, *, allowed: bool) -> None:
        """Take the owner's right, or give it back."""
        self.account.allowed = allowed

    @rule(how=st.sampled_from(["before", "after"]))
    def break_cloudinary(self, how: str) -> None:
        """Let Cloudinary's next change fail, before or after it happened."""
        self.account.fails = how

    @invariant()
    def one_page_has_the_secret(self) -> None:
        """However often the same page reads it."""
        assert len(self.pages) <= 1, self.pages


async def test_the_life_of_a_link(server: Path) -> None:
    """Each example begins with an empty Redis"""
    short = settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None)
    LifeOfALink.socket = server
    await asyncio.to_thread(run_state_machine_as_test, LifeOfALink, settings=short)
