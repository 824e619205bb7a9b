"""What the flows need from outside, in domain terms; adapters and the tests' fakes implement it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.bindings import Binding, Bound
from bot.domain.checks.findings import Finding
from bot.domain.environments import Environment, FixedTier, UnreadableTier
from bot.domain.jobs import Job
from bot.domain.key_records import KeyRecord
from bot.domain.keys import Credentials, Generated, Key, LastChange
from bot.domain.lanes import Lane
from bot.domain.pace import Paced
from bot.domain.pending import OwnKey
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, Actors, CloudinaryUser, KeyRight, Profile
from bot.domain.policy import Decision, Explanation, Question
from bot.domain.requests.notifications import Told


class Clock(Protocol):
    """The current time."""

    def now(self) -> datetime:
        """Return an aware datetime in UTC."""


class Examiner(Protocol):
    """Looks at everything that the bot depends on."""

    async def examine(self) -> Sequence[Finding]:
        """Return every finding, without a secret; raises nothing and changes nothing."""


class Directory(Protocol):
    """The members of the Slack workspace."""

    async def profile(self, actor: Actor) -> Profile:
        """Read a profile; how recent it is, the implementation says. May raise `SlackError`."""


class Hints(Protocol):
    """When Slack last reported that a user changed, to any process. May raise `StoreError`."""

    async def note(self, user_id: str, at: datetime) -> None:
        """Store that a user changed."""

    async def last(self, user_id: str) -> datetime | None:
        """When the user changed last, of the changes that are recent enough to matter."""


class Access(Protocol):
    """What the users of the Cloudinary account may reach. May raise `CloudinaryError`."""

    async def environments_of(self, user_id: str) -> frozenset[str]:
        """Ids of the product environments that the user has access to."""

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """Names of the user's groups."""

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """What the account's effective policies allow the user on keys there."""


class Users(Access, Protocol):
    """The users of the Cloudinary account. May raise `CloudinaryError`."""

    async def users_by_email(self, email: str) -> list[CloudinaryUser]:
        """Users that Cloudinary finds by this email address; the caller compares them."""

    async def key_rights(self, user_id: str, environment_ids: Sequence[str]) -> list[KeyRight]:
        """The rights on keys in each of these; what they share is read once."""


class Bindings(Protocol):
    """Which Slack user is which Cloudinary user. May raise `StoreError`."""

    async def bound(self, actor: Actor, cloudinary_id: str) -> Bound:
        """Read what is bound to either; a record that is not believed does not count as none."""

    async def bind(self, new: Binding, entry: Entry) -> bool:
        """Bind at first use; False where either of the two is bound already."""

    async def link(self, new: Binding, before: Bound, entry: Entry) -> bool:
        """Replace what both were bound to; False where that is no longer `before`."""

    async def release(self, slack: str, before: Bound, entry: Entry) -> bool:
        """End the binding of a Slack user; False where it is no longer `before`."""

    async def report(self, actor: Actor, problem: str, notice: str, entry: Entry) -> bool:
        """Tell the security channel of a problem about a person, once; False if it was told."""


class Enabler(Protocol):
    """Enables and disables keys. May raise `CloudinaryError`."""

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key; safe to repeat."""


class AccountReader(Protocol):
    """Environments and access keys of the Cloudinary account. May raise `CloudinaryError`."""

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""


class Account(AccountReader, Enabler, Protocol):
    """The same, and what changes keys. May raise `CloudinaryError`."""

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Create a key, disabled; the adapter never repeats the call.

        Raises `Conflict` if the name is taken. After `Unavailable` with `maybe_done`, the key may
        exist: look for its name.
        """

    async def credentials(self, environment: Environment, api_key: str) -> Credentials | None:
        """Read a key's secret again; None if Cloudinary shows no secret on reading."""

    async def ping(self, credentials: Credentials) -> bool:
        """Whether Cloudinary accepts a key's own pair now."""

    async def delete(self, environment_id: str, api_key: str) -> None:
        """Delete a key for good. Raises `NotFound` if it is gone."""

    async def rename(self, environment_id: str, api_key: str, name: str) -> Key:
        """Rename a key; safe to repeat."""

    async def pin(self, environment_id: str, api_key: str) -> Key:
        """Dedicate a key to webhooks, and no other of its environment; safe to repeat."""


class Tiers(Protocol):
    """The tiers that `env tier` fixed, kept for good. May raise `StoreError`."""

    async def stored(self, ids: Sequence[str]) -> Mapping[str, FixedTier | UnreadableTier]:
        """Read what is stored about these environments; one without a fixed tier is left out."""

    async def fix(
        self,
        environment_id: str,
        before: FixedTier | UnreadableTier | None,
        after: FixedTier,
        entry: Entry,
        notice: str,
    ) -> bool:
        """Store a tier, and tell security, in one step; False if it is no longer `before`.

        A record that can't be read, or was removed, is replaced.
        """


class Policy(Protocol):
    """Keysmith's own rules."""

    @property
    def version(self) -> str:
        """Identifies this set of rules; a request stores it."""

    @property
    def approvers(self) -> frozenset[str]:
        """Every name by which some request may call its approvers, however long it waits."""

    @property
    def groups(self) -> frozenset[str]:
        """Names of Cloudinary groups in the rules: who is in one decides or may do more."""

    def decide(self, question: Question) -> Decision:
        """Answer one question; what no rule permits is refused.

        If the action concerns an environment and none is known yet, the answer is the most
        permissive one of any tier, as if the person had access there. A refusal then holds
        everywhere; any other answer needs a second question once the environment is known.
        """

    def explain(self, question: Question) -> Explanation:
        """Answer for every role, and for the person of the question."""


@dataclass(frozen=True)
class Done:
    """A completed change: the key's last change, and a notice for security unless it is empty.

    `key` is the key afterwards, for its record; None where the change is not of one, or begins.
    """

    api_key: str
    change: LastChange
    notice: str = ""
    key: Key | None = None


class Jobs(Protocol):
    """Accepted jobs, stored until they are answered. May raise `StoreError`."""

    async def accept(self, job: Job, fingerprint: str, entry: Entry) -> bool:
        """Store a job before Slack gets its ack; False if this delivery was seen before."""

    async def keep(self, job: Job, entry: Entry) -> bool:
        """Store a job that another job runs, in no queue; False if it is stored already."""

    async def note(self, fingerprint: str, entry: Entry) -> bool:
        """Record a command that needs no job; False if this delivery was seen before."""

    async def begin(self, job: Job, effect: str, entry: Entry, done: Done | None = None) -> Job:
        """Write the intent: the effect that the job is about to have.

        `done` is what holds from now on, whether the effect is confirmed or not.
        """

    async def finish(self, job: Job, entry: Entry, done: Done | None = None) -> bool:
        """Close a job once, with its change; False if it was closed before."""

    async def load(self, job_id: str) -> Job | None:
        """Read a job; None if it is no longer stored."""

    async def set_aside(self, job: Job, until: datetime) -> None:
        """Store a job outside the queue until that time."""

    async def take_up(self, now: datetime) -> int:
        """Queue the jobs that were set aside until now, each once; returns how many."""

    async def last_change(self, api_key: str) -> LastChange | None:
        """Keysmith's last change of a key."""


class Changes(Protocol):
    """What Keysmith did to keys last. May raise `StoreError`."""

    async def last_change(self, api_key: str) -> LastChange | None:
        """Keysmith's last change of a key."""


class Pace(Protocol):
    """How fast each person gives commands. May raise `StoreError`."""

    async def take(self, actor: Actor, lane: Lane, now: datetime) -> Paced:
        """Count one command, or tell how long the person has to wait; atomic."""


class Locks(Protocol):
    """Locks across processes, each with a line: the reserved lane first, then by arrival."""

    def hold(self, name: str, job: Job | None = None) -> AbstractAsyncContextManager[None]:
        """Hold the lock. Raises `LockTaken` if it is not the job's turn.

        Without a job it waits, before those of the normal lane, and raises `StoreError` if the
        wait takes too long.
        """

    async def ahead(self, name: str, job: Job) -> int:
        """Count who comes before a job that got `LockTaken`; asking keeps its place."""

    async def leave(self, name: str, job: Job) -> None:
        """Give up the place of a job that has ended."""


class PendingStore(Protocol):
    """Pending credentials. May raise `StoreError`."""

    async def add_pending(
        self, pending: Pending, entry: Entry, record: KeyRecord | None = None, also: Actors = ()
    ) -> None:
        """Store them, the key's record and its co-owners; adding them again changes nothing."""

    async def find_pending(self, pending_id: str) -> Pending | None:
        """Look pending credentials up by their id."""

    async def pending_for_key(self, api_key: str) -> Pending | None:
        """The credentials that the key was created for, in whatever state they are."""

    async def revoke(self, pending: Pending, entry: Entry, told: Told = ()) -> None:
        """Revoke credentials that wait, and their link; `told` is queued in the same step."""

    async def pending_of(self, actor: Actor) -> list[Pending]:
        """The person's credentials that are waiting, newest first."""

    async def keys_of(self, actor: Actor) -> list[OwnKey]:
        """The keys that were created for the person, newest first; kept for good."""

    async def owner_of(self, api_key: str) -> OwnKey | None:
        """For whom the key was created; None if for no one, or its record is not believed."""

    async def owners_of(self, api_keys: Sequence[str]) -> Mapping[str, OwnKey]:
        """The same of many, by API key; those without an owner are left out."""
