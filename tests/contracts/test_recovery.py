"""A recovery over real Redis: what it ends and settles, also where it is killed at every step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.names import (
    ANSWERS,
    EPOCH,
    HALTED,
    JOBS,
    JOBS_ASIDE,
    LINKS_WAITING,
    NOTICES,
    OUTBOX,
    SIGNING,
    sealed,
)
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.recovery import RedisKept
from bot.adapters.redis.stores import Stores, open_ledger, open_stores
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head
from bot.domain.brownouts import Brownout, Ending
from bot.domain.environments import Environment
from bot.domain.history import Epoch, Halt, Seen
from bot.domain.jobs import Job, Reply
from bot.domain.keys import Key
from bot.domain.links import LinkState, SealedBundle
from bot.domain.pending import PendingCredentials, PendingState
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.domain.recovery import LOST, Survey
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Topic, in_thread
from bot.domain.secret import Secret
from bot.domain.verification import RECOVERY
from bot.errors import ConfigurationError, Halted, StoreError
from bot.flows.audit import AuditLog
from bot.flows.recovery.recover import Recoverer
from bot.flows.recovery.survey import Log, Surveyor
from bot.flows.request_writer import RequestWriter
from tests.contracts.redis_server import redis, server
from tests.fakes.clock import FakeClock
from tests.fakes.cloudinary import FakeAccount
from tests.unit.requests_made import DRAFT, PLACE, TERMS

__all__ = ["redis", "server"]

KEYS: Final = [b"k" * 32]
SPAN: Final = timedelta(hours=8)
AT: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ENTRY: Final = Entry(AT, AuditEvent.DONE, "key:list")
OWNER: Final = Actor("T1", "U0OWNER")
JOB: Final = Job("j1", OWNER, "key list", "key:list", Reply(), AT)


class Killed(BaseException):
    """The process was killed."""


@dataclass
class Steps:
    """Counts steps, and kills before one of them."""

    left: float = float("inf")

    def step(self) -> None:
        """Count one."""
        self.left -= 1
        if self.left < 0:
            raise Killed


class MortalKept(RedisKept):
    """Dies between its steps."""

    steps: Steps

    async def end(self, pending: PendingCredentials, entry: Entry, *, opened: bool) -> None:
        """End credentials."""
        self.steps.step()
        await super().end(pending, entry, opened=opened)

    async def close(self, job: Job, entry: Entry) -> None:
        """Finish a job."""
        self.steps.step()
        await super().close(job, entry)

    async def look_before_posting(self) -> None:
        """Take the notifications, as the writes of requests that came before."""
        self.steps.step()
        await super().look_before_posting()

    async def begin_epoch(self, entry: Entry, lost: Head, notice: str) -> None:
        """Begin the next epoch."""
        self.steps.step()
        await super().begin_epoch(entry, lost, notice)


class NoCards:
    """A channel with the card of a request that Redis knows, and of one that it does not."""

    async def marks(self, _: str) -> Sequence[str]:
        """List marks."""
        return ["disable", "gone", "123-0"]


@dataclass
class Place:
    """One Redis after a restore, and the account as it is now."""

    redis: Redis
    account: FakeAccount
    names: dict[str, str]

    def stores(self, *, recovering: bool = False) -> Stores:
        """Open the stores, as a process does."""
        return open_stores(self.redis, KEYS, link_ttl=SPAN, claim_ttl=SPAN, recovering=recovering)

    async def recover(self, steps: Steps) -> Survey:
        """Run a recovery once."""
        stores, clock = self.stores(recovering=True), FakeClock(AT)
        kept = MortalKept(self.redis, stores)
        kept.steps = steps
        log = Log(await stores.ledger.head(), AT, Head(99, "m"), None)
        survey = await Surveyor(kept, self.account, NoCards(), "C1").survey(log)
        writer = RequestWriter(stores.requests, AuditLog(clock))
        await Recoverer(kept, writer, clock, "ada").apply(survey, "recovered")
        return survey

    async def state(self, request_id: str) -> tuple[State, str]:
        """Give a request's state and outcome."""
        found = await self.stores().requests.load(request_id)
        assert found
        return found.state, found.outcome

    async def add_pending(self, key: Key, link: str) -> None:
        """Store credentials that wait, and their link."""
        stores = self.stores()
        pending = PendingCredentials(
            *(f"p-{link}", OWNER, PLACE, "Shop", "shop", key.api_key, key.name, AT)
        )
        await stores.links.add_pending(pending, ENTRY)
        assert await stores.links.put(
            SealedBundle(link, "c", "proof", Secret("key")), pending, AT, ENTRY
        )

    async def add_request(
        self, id_: str, state: State, command: str, key: str, **more: str
    ) -> None:
        """Store a request about a key."""
        action = Action(more.pop("action", "key:disable"))
        terms = replace(TERMS, command=command, key=key, action=action, **more)  # type: ignore[arg-type]  # names
        dark = Brownout(OWNER) if action is Action.KEY_BROWNOUT else None
        request: Request = replace(DRAFT, id=id_, terms=terms, state=state, version=1)
        request = replace(request, brownout=dark)
        await self.stores().requests.open(request, ENTRY, ())


@pytest.fixture
async def place(redis: Redis) -> Place:
    """One of everything that a recovery looks at."""
    account = FakeAccount(now=lambda: AT)
    account.add_environment(Environment(PLACE, "Shop", "shop"))
    one = Place(redis, account, {})
    for name, enabled in (("opened", True), ("waits", False), ("on", True), ("off", False)):
        one.names[name] = account.add_key(PLACE, name, enabled=enabled).api_key
    made = account.add_key(PLACE, "made", enabled=True)
    account.replace_key(PLACE, replace(made, created_at=AT + timedelta(minutes=1)))
    old = account.add_key(PLACE, "old")
    account.replace_key(PLACE, replace(old, created_at=AT - SPAN, updated_at=AT - SPAN))
    keys = {key.name: key for key in await account.keys(PLACE)}
    await one.add_pending(keys["opened"], "l1")
    await one.add_pending(keys["waits"], "l2")
    on, off = one.names["on"], one.names["off"]
    await one.add_request("disable", State.APPROVED, f"key disable {off} --env shop", off)
    await one.add_request("enable", State.APPROVED, f"key enable {off} --env shop", off)
    await one.add_request("begun", State.EXECUTING, f"key disable {on} --env shop", on)
    delete = f"key delete {off} --env shop"
    await one.add_request("delete", State.EXECUTING, delete, off, action="key:delete")
    dark = f"key brownout {off} --for 10m --env shop"
    await one.add_request("dark", State.EXECUTING, dark, off, action="key:brownout")
    wish = "request shop made --reason demo"
    await one.add_request("create", State.EXECUTING, wish, "", action="key:request", name="made")
    await one.add_request("touched", State.PENDING, f"key disable {on} --env shop", on)
    still = old.api_key
    await one.add_request("still", State.PENDING, f"key disable {still} --env shop", still)
    stores = one.stores()
    await stores.jobs.accept(JOB, "d1", ENTRY)
    await stores.jobs.accept(replace(JOB, id="j2"), "d2", ENTRY)
    await stores.jobs.set_aside(replace(JOB, id="j2"), AT)
    await stores.requests.note(ENTRY, [in_thread("still", Topic.ASKED)])
    return one


async def recovered(place: Place) -> None:
    """Check everything that a recovery does."""
    stores, redis = place.stores(), place.redis
    assert await place.state("disable") == (State.DONE, "")
    assert await place.state("enable") == (State.FAILED, LOST)
    assert await place.state("begun") == (State.FAILED, LOST)
    assert await place.state("delete") == (State.DONE, "")
    assert await place.state("create") == (State.CLAIMED, "")
    assert await place.state("touched") == (State.CANCELLED, LOST)
    assert await place.state("still") == (State.PENDING, "")
    dark = await stores.requests.load("dark")
    assert dark
    assert dark.brownout, "a key that it disabled is not enabled: people look"
    assert (State.DONE, Ending.UNKNOWN, None) == (dark.state, dark.brownout.ending, dark.enable_at)
    deleted, made = await stores.requests.load("delete"), await stores.requests.load("create")
    assert deleted
    assert made
    assert deleted.delete_at
    assert made.made
    opened, waits = await stores.links.pending("p-l1"), await stores.links.pending("p-l2")
    assert opened
    assert waits
    assert (opened.state, waits.state) == (PendingState.CLAIMED, PendingState.WAITING)
    link = await stores.links.find("l1")
    assert link
    assert (link.state, link.there) == (LinkState.OPENED, False)
    assert await redis.exists(sealed("l2"))
    assert await stores.store.texts("ZRANGEBYSCORE", LINKS_WAITING, "-inf", "+inf") == ["p-l2"]
    for id_ in ("j1", "j2"):
        job = await stores.jobs.load(id_)
        assert job
        assert job.finished
    told = [fields for _, fields in await stores.store.stream(OUTBOX, "-", "+", 100)]
    lost = [(each["to"], each["text"]) for each in told if not each["request"]]
    assert lost == 2 * [(OWNER.user_id, "key list")]
    assert not await redis.exists(JOBS, JOBS_ASIDE, HALTED)
    assert Epoch.parse(str(await redis.get(EPOCH))).number > 1
    assert not await stores.ledger.history.look()


async def test_each_thing_ends_as_cloudinary_has_it(place: Place) -> None:
    """And what waits in the outbox is looked for at Slack first"""
    survey = await place.recover(Steps())
    await recovered(place)
    assert survey.unknown_cards == ("gone",)
    assert survey.waiting == 1
    queue = RedisQueue(place.redis, OUTBOX)
    await queue.open()
    assert [True] == [
        item.again async for item in queue.reclaim() if item.fields["topic"] == "asked"
    ]


async def test_notices_are_looked_for_at_slack_too(place: Place) -> None:
    """One that was posted before the loss is not posted again"""
    await place.redis.xadd(NOTICES, {"text": "posted before", "by": ""})
    await place.recover(Steps())
    queue = RedisQueue(place.redis, NOTICES)
    await queue.open()
    assert [("posted before", True)] == [
        (item.fields["text"], item.again) async for item in queue.reclaim()
    ]
    assert ["recovered"] == [item.fields["text"] for item in await queue.take(9)]


async def test_a_request_gets_no_key_that_was_created_for_another_person(place: Place) -> None:
    """It has the name by chance: the records know whose it is"""
    (made,) = [key for key in await place.account.keys(PLACE) if key.name == "made"]
    other = PendingCredentials(
        *("p-other", replace(OWNER, user_id="U2"), PLACE, "Shop", "shop", made.api_key, "made", AT)
    )
    await place.stores().links.add_pending(other, ENTRY)
    await place.recover(Steps())
    assert await place.state("create") == (State.FAILED, LOST)
    request = await place.stores().requests.load("create")
    assert request
    assert not request.made


@pytest.mark.usefixtures("place")
async def test_a_recovery_is_believed_after_one_whose_clock_was_ahead(redis: Redis) -> None:
    """Its epoch is above each that a process has seen, whatever the clock says"""
    ledger = open_ledger(redis, KEYS)
    await ledger.write(ENTRY, ())
    place, before = Place(redis, FakeAccount(), {}), await redis.get(EPOCH)
    assert before
    ahead = str(Epoch.new(int(AT.timestamp()) + 10**9, ChainKey(KEYS[0])))
    await redis.set(EPOCH, ahead)
    await ledger.history.look()
    await redis.set(EPOCH, before)  # a dump from before that recovery
    assert await ledger.history.look()
    await place.recover(Steps())
    assert not await ledger.history.look()
    await ledger.write(ENTRY, ())


@pytest.mark.usefixtures("place")
async def test_a_halt_that_no_process_wrote_moves_no_epoch(redis: Redis) -> None:
    """Else the next recovery could not go above it"""
    seen = Seen(Head(4, "m"), Epoch(10**30, "forged", "proof"))
    await redis.set(HALTED, str(Halt("forged", seen, AT)))
    await Place(redis, FakeAccount(), {}).recover(Steps())
    assert Epoch.parse(str(await redis.get(EPOCH))).number == int(AT.timestamp())


async def test_a_recovery_that_is_killed_at_any_step_is_run_again(
    place: Place, redis: Redis
) -> None:
    """All processes stay halted until the last step"""
    copies = {str(key): await _dump(redis, str(key)) for key in await redis.keys("*")}
    for number in count():
        await redis.flushall()
        for key, copy in copies.items():
            await redis.restore(key, 0, copy)
        try:
            await place.recover(Steps(left=number))
        except Killed:
            assert await place.stores().ledger.history.look()
        else:
            break
        await place.recover(Steps())
        await recovered(place)
    assert number > 4


async def _dump(redis: Redis, key: str) -> bytes:
    copy: bytes = await redis.execute_command("DUMP", key, NEVER_DECODE=True)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    return copy


async def test_an_empty_redis_begins_with_the_recovery(redis: Redis) -> None:
    """Its first entry names the head that was seen"""
    place = Place(redis, FakeAccount(), {})
    await place.stores().ledger.history.stop("flushed")
    await place.recover(Steps())
    (record,) = [each async for each in place.stores().ledger.records()]
    entry = Entry.read(record.body)
    assert (entry.event, entry.target["seen"]) == (AuditEvent.RECOVERED, "99:m")
    await place.stores().ledger.write(ENTRY, ())
    assert await place.stores().permissions.known()  # nothing says that the account is without


@pytest.mark.parametrize("known", [True, False])
async def test_a_log_that_is_left_keeps_the_mode_of_the_account(
    place: Place, *, known: bool
) -> None:
    """As Redis has it"""
    if known:
        await place.stores().permissions.remember(ENTRY)
    await place.recover(Steps())
    assert known == await place.stores().permissions.known()


async def test_an_account_is_without_the_api_only_where_redis_can_tell(redis: Redis) -> None:
    """Not while Keysmith is halted, and not where it had the API"""
    stores = Place(redis, FakeAccount(), {}).stores()
    await stores.permissions.prove_absent()
    await redis.set(HALTED, "stopped")
    with pytest.raises(Halted):
        await stores.permissions.prove_absent()
    await redis.delete(HALTED)
    await stores.permissions.remember(ENTRY)
    with pytest.raises(ConfigurationError):
        await stores.permissions.prove_absent()


async def test_a_signing_key_that_the_log_does_not_prove_is_repaired(
    place: Place, redis: Redis
) -> None:
    """A Redis that was put together from two states; then processes sign again"""
    await redis.set(SIGNING, "7:00000000")
    kept = RedisKept(redis, stores := place.stores(recovering=True))
    with pytest.raises(StoreError, match="another signing key"):
        await stores.ledger.signing.look()
    for broken in ("7:00000000", "no name", ""):
        await redis.set(SIGNING, broken)
        await stores.ledger.signing.repair()
        assert await redis.get(SIGNING) == f"1:{ChainKey(KEYS[0]).id}"
    await place.recover(Steps())
    await place.stores().ledger.write(ENTRY, ())
    assert not await kept.halt()


async def test_a_flushed_redis_gets_no_signing_key_from_a_halted_process(redis: Redis) -> None:
    """The step halts before it names a key, which might be one that others lack"""
    one = open_ledger(redis, KEYS)
    await one.write(ENTRY, ())
    await redis.flushall()
    with pytest.raises(Halted):
        await one.write(ENTRY, ())
    assert await redis.get(SIGNING) is None


@pytest.mark.usefixtures("place")
async def test_a_recovery_signs_with_the_key_that_signs_now(redis: Redis) -> None:
    """Not with a newer one that waits; and every process believes its epoch"""
    idle, waiting = open_ledger(redis, KEYS), (b"w" * 32, *KEYS)
    await idle.history.look()
    await redis.xadd(ANSWERS, {"by": "T1:U1", "answer": "an earlier one"})
    await idle.history.stop("tried")
    stores = open_stores(redis, waiting, link_ttl=SPAN, claim_ttl=SPAN, recovering=True)
    await stores.ledger.signing.repair()
    entry = Entry(AT, AuditEvent.RECOVERED, RECOVERY)
    await RedisKept(redis, stores).begin_epoch(entry, await stores.ledger.head(), "recovered")
    assert not await idle.history.look()
    await idle.write(ENTRY, ())
    assert not await redis.exists(ANSWERS)
