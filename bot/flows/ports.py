"""What the flows need of the world, in the domain's words; the adapters provide it."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Credentials, Generated, Key, LastChange
from bot.domain.links import Made
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor, CloudinaryUser, KeyRight, Profile
from bot.domain.policy import Decision, Explanation, Question


class Clock(Protocol):
    """The time, as the flows see it."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class Directory(Protocol):
    """Slack's word on who somebody is."""

    async def profile(self, actor: Actor) -> Profile:
        """Read `users.info`, uncached.

        Raises:
            SlackError: Slack refused or did not answer.

        """
        ...


class Users(Protocol):
    """The users of the Cloudinary account. Every method may raise `CloudinaryError`."""

    async def users_by_email(self, email: str) -> list[CloudinaryUser]:
        """Users that Cloudinary finds by this e-mail address; the caller compares them."""
        ...

    async def environments_of(self, user_id: str) -> frozenset[str]:
        """Ids of the product environments that the user has access to."""
        ...

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """Names of the user's groups."""
        ...

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """What the account's effective policies let the user do with keys there."""
        ...


class Account(Protocol):
    """Environments and access keys of the Cloudinary account. May raise `CloudinaryError`."""

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""
        ...

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""
        ...

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Generate a key, disabled. Never repeated by itself.

        Raises:
            Unavailable: with `maybe_done`, the key may exist; look for its name.
            Conflict: the name is taken.

        """
        ...

    async def credentials(self, environment: Environment, api_key: str) -> Credentials | None:
        """Read a key's secret again; None where Cloudinary shows no secret on reading."""
        ...

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key; safe to repeat."""
        ...

    async def delete(self, environment_id: str, api_key: str) -> None:
        """Remove a key for good; `NotFound` where it is gone."""
        ...

    async def rename(self, environment_id: str, api_key: str, name: str) -> Key:
        """Give a key a name; safe to repeat."""
        ...


class Policy(Protocol):
    """Keysmith's own rules."""

    def decide(self, question: Question) -> Decision:
        """Answer one question; what no rule permits is refused.

        Where the action concerns an environment and none is known yet, the answer is the easiest
        that any tier could give, as if the person had access there: a refusal then holds
        everywhere, and anything else has to be asked again once the environment is known.
        """
        ...

    def explain(self, question: Question) -> Explanation:
        """Answer for every role, beside the asker's own answer."""
        ...


@dataclass(frozen=True)
class Done:
    """A change that was made: to be remembered with the key, and told to security or not."""

    api_key: str
    change: LastChange
    notice: str = ""


class Jobs(Protocol):
    """Accepted commands, kept until they are answered. May raise `StoreError`."""

    async def accept(self, job: Job, fingerprint: str, entry: Entry) -> bool:
        """Keep a job before Slack hears "ok"; False where this delivery was seen before."""
        ...

    async def note(self, fingerprint: str, entry: Entry) -> bool:
        """Record what was answered on the spot; False where this delivery was seen before."""
        ...

    async def begin(self, job: Job, effect: str, entry: Entry) -> Job:
        """Write down what is about to be changed."""
        ...

    async def finish(self, job: Job, entry: Entry, done: Done | None = None) -> bool:
        """Close a job once, with what it did; False where it was closed before."""
        ...

    async def load(self, job_id: str) -> Job | None:
        """Read a job back; None where it is no longer kept."""
        ...

    async def set_aside(self, job: Job, until: datetime) -> None:
        """Queue a job again at that time; until then it takes nobody's place."""
        ...

    async def take_up(self, now: datetime) -> int:
        """Queue those that were set aside until now, each once; tells how many."""
        ...

    async def last_change(self, api_key: str) -> LastChange | None:
        """What Keysmith did to a key last."""
        ...


class Locks(Protocol):
    """One at a time, across processes."""

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for one's turn; raises `StoreError` where it never comes."""
        ...


class PendingStore(Protocol):
    """Credentials that wait for their owners. May raise `StoreError`."""

    async def add_pending(self, pending: PendingCredentials, entry: Entry) -> None:
        """Keep a claim; adding the same one again changes nothing."""
        ...

    async def find_pending(self, pending_id: str) -> PendingCredentials | None:
        """Look a claim up."""
        ...

    async def pending_for_key(self, api_key: str) -> PendingCredentials | None:
        """The claim that the key was made for, whatever became of it."""
        ...

    async def revoke(self, pending: PendingCredentials, entry: Entry) -> None:
        """End a claim that waits, and its link with it."""
        ...

    async def pending_of(self, actor: Actor) -> list[PendingCredentials]:
        """Those that wait, newest first."""
        ...


class LinkMaker(Protocol):
    """Makes one-time links."""

    async def make(self, pending: PendingCredentials, credentials: Credentials) -> Made | None:
        """Seal them behind a new link, ending the former one; None where they are claimed."""
        ...
