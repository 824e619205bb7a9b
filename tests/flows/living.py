"""A whole Keysmith over fakes in which anything may fail: what it does to keys is written down.

The workers, timers and the page of a link are here as the program has them, so that whatever a
fault leaves is taken up again.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple, ParamSpec, TypeVar

from bot.adapters.vault import decode, hash_proof, proof_of, seal_bundle
from bot.domain.audit import AuditEvent
from bot.domain.drift import Drifted
from bot.domain.environments import Environment
from bot.domain.incidents import Report, Source
from bot.domain.jobs import Job
from bot.domain.keys import WEBHOOKS, Generated, Key
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.errors import KeysmithError, RateLimited, SlackError, StoreError, Unavailable
from bot.flows.build_ports import Ports
from bot.flows.links.make import LinkCreator
from bot.flows.links.open import LinkOpener
from bot.flows.links.recover import LinkRecoverer
from bot.flows.links.reveal import Revealer
from tests.fakes.bulks import FakeBulks
from tests.fakes.incidents import FakeIncidents
from tests.fakes.link_store import FakeLinkStore
from tests.fakes.pending import LINK_TTL
from tests.fakes.sightings import FakeSightings
from tests.flows.failing_fakes import (
    Crash,
    Failing,
    FailingAccount,
    FailingDirectory,
    FailingJobs,
    FailingPending,
    FailingRequests,
    FailurePoint,
)
from tests.flows.harness import Harness

P = ParamSpec("P")
T = TypeVar("T")

CHANGES: Final = frozenset({"create_key", "set_enabled", "delete", "rename", "pin"})
"""The calls that change a key at Cloudinary."""
TRIES: Final = 3
"""Of an approved request while Cloudinary is away, before it is given up."""


class Act(NamedTuple):
    """One change of Keysmith's own: the environment's keys around it, and what was run then."""

    at: datetime
    place: str
    what: str
    api_key: str
    before: tuple[Key, ...]
    after: tuple[Key, ...]
    text: str
    job: str
    dark_since: datetime | None
    """Since when the key was disabled, before the change."""


@dataclass
class Faults(FailurePoint):
    """Fails a call of one kind of port, or of every; a process that was killed does no more."""

    of: tuple[type, ...] = (object,)
    only: frozenset[str] = frozenset()
    dead: bool = False

    async def guard(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make one call."""
        if self.dead:
            raise Crash
        name, port = getattr(work, "__name__", ""), getattr(work, "__self__", None)
        counts = isinstance(port, self.of) and (not self.only or name in self.only)
        self.calls += counts
        blows = counts and self.calls == self.at
        if blows and not self.after:
            self._blow()
        found = await work(*args, **kwargs)
        if blows:
            self._blow()
        return found

    def _blow(self) -> None:
        self.dead = isinstance(self.error, Crash)
        raise self.error


class FailingIncidents(Failing, FakeIncidents):
    """Incidents behind a failure point."""


class FailingSightings(Failing, FakeSightings):
    """What was seen of keys, behind a failure point."""


class FailingBulks(Failing, FakeBulks):
    """Lists of many keys, and offboardings, behind a failure point."""


class FailingLinkStore(Failing, FakeLinkStore):
    """Links behind a failure point."""


class KnownRequests(FailingRequests):
    """Requests, of which the tests know all."""

    @property
    def every(self) -> list[Request]:
        """All of them, newest first."""
        return self._newest()


class KnownPending(FailingPending):
    """Credentials, of which the tests know all."""

    @property
    def every(self) -> list[PendingCredentials]:
        """All of them, in order."""
        return list(self._kept.values())


STORES: Final = (
    *(FailingJobs, FailingRequests, FailingPending, FailingIncidents),
    *(FailingSightings, FailingLinkStore, FailingBulks),
)


class WatchedAccount(FailingAccount):
    """Writes down what Keysmith does; what people do in the Console is counted beside that.

    `runs` is the job that runs at the moment, None for the clock. `made` are Keysmith's own
    keys, `edits` what people changed, `dark` since when a key is disabled.
    """

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self.runs: Job | None = None
        self.acts: list[Act] = []
        self.dark: dict[str, datetime] = {}
        self.made: set[str] = set()
        self.edits: Counter[tuple[str, str]] = Counter()
        super().__init__(now=now)

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Create a disabled key."""
        before = self._photo(environment.id)
        generated = await super().create_key(environment, name)
        self.made.add(generated.key.api_key)
        self._saw(environment.id, "create", generated.key.api_key, before)
        return generated

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key."""
        before, dark = self._photo(environment_id), self.dark.get(api_key)
        key = await super().set_enabled(environment_id, api_key, enabled=enabled)
        self._saw(environment_id, "enable" if enabled else "disable", api_key, before, dark)
        return key

    async def delete(self, environment_id: str, api_key: str) -> None:
        """Remove a key."""
        before, dark = self._photo(environment_id), self.dark.get(api_key)
        await super().delete(environment_id, api_key)
        self._saw(environment_id, "delete", api_key, before, dark)

    async def pin(self, environment_id: str, api_key: str) -> Key:
        """Dedicate a key to webhooks."""
        before = self._photo(environment_id)
        key = await super().pin(environment_id, api_key)
        self._saw(environment_id, "pin", api_key, before)
        return key

    def replace_key(self, environment_id: str, key: Key) -> Key:
        """Replace a key, and know since when it is disabled."""
        if key.enabled:
            self.dark.pop(key.api_key, None)
        else:
            self.dark.setdefault(key.api_key, self._now())
        return super().replace_key(environment_id, key)

    def edit(self, place: str, what: Drifted, key: Key, name: str = "") -> None:
        """Change a key as a person in the Console does."""
        now = self._now()
        match what:
            case Drifted.CREATED:
                key = self.add_key(place, name)
            case Drifted.DELETED:
                self.remove_key(place, key.api_key)
            case Drifted.RENAMED:
                self.replace_key(place, replace(key, name=name, updated_at=now))
            case Drifted.PINNED:
                for other in self.there(place):
                    self.edits[Drifted.UNPINNED, other.api_key] += other.pinned
                    self.replace_key(place, replace(other, dedicated_for=()))
                self.replace_key(place, replace(key, dedicated_for=(WEBHOOKS,), updated_at=now))
            case Drifted.UNPINNED:
                self.replace_key(place, replace(key, dedicated_for=(), updated_at=now))
            case Drifted.ENABLED | Drifted.DISABLED:
                on = what is Drifted.ENABLED
                self.replace_key(place, replace(key, enabled=on, updated_at=now))
        self.edits[what, key.api_key] += 1

    def there(self, place: str) -> list[Key]:
        """The keys of an environment, without a call."""
        return list(self._keys[place].values())

    def _photo(self, place: str) -> tuple[Key, ...]:
        return tuple(self._keys.get(place, {}).values())

    def _saw(
        self,
        place: str,
        what: str,
        api_key: str,
        before: tuple[Key, ...],
        dark: datetime | None = None,
    ) -> None:
        text, id_ = (self.runs.text, self.runs.id) if self.runs else ("", "")
        after = self._photo(place)
        self.acts.append(Act(self._now(), place, what, api_key, before, after, text, id_, dark))


@dataclass
class Living(Harness):
    """Workers take jobs from the queue; `left` are those of processes that died."""

    faults: Faults = field(default_factory=Faults)
    left: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    last: Outcome | None = None

    def __post_init__(self) -> None:
        """Put every port behind the faults."""
        self.jobs, self.pending = FailingJobs(), KnownPending()
        self.directory, self.bulks = FailingDirectory(), FailingBulks()
        self.make_account = WatchedAccount
        super().__post_init__()
        self.requests, self.incidents = KnownRequests(self.jobs), FailingIncidents(self.jobs)
        self.sightings = FailingSightings(self.records)
        self.store = FailingLinkStore(self.pending, self.requests)
        ports = (self.account, self.jobs, self.pending, self.requests, self.incidents)
        for each in (*ports, self.sightings, self.store, self.directory, self.bulks):
            assert isinstance(each, Failing)
            each.failure_point = self.faults
        self.rebuild()

    @property
    def watched(self) -> WatchedAccount:
        """The account, with what Keysmith did."""
        assert isinstance(self.account, WatchedAccount)
        return self.account

    @property
    def every(self) -> list[Request]:
        """Every request, newest first."""
        assert isinstance(self.requests, KnownRequests)
        return self.requests.every

    @property
    def credentials(self) -> list[PendingCredentials]:
        """All credentials that were created, in order."""
        assert isinstance(self.pending, KnownPending)
        return self.pending.every

    @property
    def ports(self) -> Ports:
        """The fakes, with links that can be opened."""
        made = LinkCreator(self.store, self.clock, seal_bundle, "", LINK_TTL)
        return replace(super().ports, links=made)

    def rebuild(self) -> None:
        """Start another process."""
        super().rebuild()
        access, clock = self.flows.access, self.clock
        opener = LinkOpener(self.store, self.account, access, clock, self.jobs, self.locks)
        self.page = Revealer(self.store, opener, access, clock, hash_proof, self.jobs)
        self.recoverer = LinkRecoverer(self.store, self.account, self.clock)

    async def survived(self, work: Awaitable[T]) -> T | None:
        """Await it; None where the process was killed, or a service failed it."""
        try:
            return await work
        except Crash:
            self.faults.dead = False
            self.rebuild()
        except (KeysmithError, TimeoutError):
            pass
        return None

    async def typed(self, actor: Actor, text: str) -> None:
        """Let a person type a command, and workers run what is queued then."""
        self.clock.go_on(seconds=1)
        job = await self.survived(self.job(actor, text))
        await self.worked(job.id if job else "")

    async def worked(self, id_: str = "") -> None:
        """Run every queued job; `last` is the outcome of the one with this id."""
        queue, self.last = self.jobs.queue, None
        while queue:
            taken = queue.pop(0)
            outcome = await self._taken(taken)
            if taken == id_:
                self.last = outcome
            if isinstance(outcome, LinkReady):
                self.urls.append(outcome.url.show())

    async def _taken(self, id_: str) -> Outcome | None:
        """Run one job as `handlers.job_runner` does, without its pauses."""
        for _ in range(TRIES):
            try:
                job = await self.jobs.load(id_)
                if job is None:
                    return None
                self.watched.runs = job
                return await self.flows.dispatcher.run(job)
            except Crash:
                self.faults.dead = False
                self.rebuild()
                self.left.append(id_)
                return None
            except StoreError:
                continue
            except KeysmithError as error:
                away = isinstance(error, SlackError | RateLimited | Unavailable)
                if not (job and job.request and away):
                    break
            finally:
                self.watched.runs = None
        await self._given_up(id_)
        return None

    async def _given_up(self, id_: str) -> None:
        """Settle a job that is not run again; a process may die in that too."""
        try:
            job = await self.jobs.load(id_)
            if job:
                await self.flows.dispatcher.give_up(job)
                entry = self.ports.audit_log.entry(job, AuditEvent.FAILED, {}, "failed")
                await self.jobs.finish(job, entry)
        except (Crash, KeysmithError):
            self.faults.dead = False
            self.rebuild()
            self.left.append(id_)

    async def taken_over(self) -> None:
        """Let another process run what those left that died."""
        self.jobs.queue += self.left
        self.left.clear()
        await self.worked()

    async def looked(self) -> None:
        """Let every timer look once."""
        flows, now = self.flows, self.clock.now
        failures = await self.survived(flows.deadline_keeper.look()) or []
        failures += await self.survived(flows.leak_keeper.look()) or []
        failures += await self.survived(self.recoverer.recover()) or []
        assert all(isinstance(each, KeysmithError) for each in failures), failures
        await self.survived(self.jobs.take_up(now()))
        await self.worked()

    async def compared(self) -> None:
        """Compare every key with its record."""
        failures = await self.survived(self.flows.reconciler.look()) or []
        assert all(isinstance(each, KeysmithError) for each in failures), failures

    async def revealed(self, url: str) -> None:
        """Press Reveal on the page of a link."""
        link, _, key = url.removeprefix("/s/").partition("#")
        await self.survived(self.page.reveal(link, proof_of(decode(key))))

    async def leaks(self, place: Environment, key: Key, file: str) -> None:
        """Report a key's pair, as a webhook does."""
        pair = await self.account.credentials(place, key.api_key)
        assert pair
        (seen,) = await self.flows.leak_reporter.seen(pair.url.show())
        report = Report(Source.WEBHOOK, self.clock.now(), "scanner", file)
        await self.flows.leak_reporter.report(seen, report)

    async def settled(self) -> None:
        """Let everything answer, and each timer look often enough."""
        self.faults.arm(0)
        for _ in range(6):
            await self.taken_over()
            self.clock.go_on(minutes=1)
            await self.looked()
        assert not self.left
