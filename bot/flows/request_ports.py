"""What requests need of the world, beyond `bot.flows.ports`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.jobs import Job
from bot.domain.people import Actor, CloudinaryUser, KeyRight, Profile
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Notification


class Requests(Protocol):
    """Requests, kept for good. Every verb is one atomic step; all may raise `StoreError`."""

    async def open(
        self,
        request: Request,
        entry: Entry,
        notifications: Sequence[Notification],
        job: Job | None = None,
    ) -> bool:
        """Keep a new request, and what is to be said of it; False where it is there already."""
        ...

    async def load(self, request_id: str) -> Request | None:
        """Read one."""
        ...

    async def replace(
        self,
        before: Request,
        after: Request,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        job: Job | None = None,
    ) -> bool:
        """Change a request that is still as it was read, queue what follows; False otherwise."""
        ...

    async def settle(self, request: Request) -> None:
        """Nothing is due of it: look again when something is."""
        ...

    async def postpone(self, request: Request, until: datetime) -> None:
        """What is due failed: look again then."""
        ...

    async def note(self, entry: Entry, notifications: Sequence[Notification] = ()) -> None:
        """Record what changes no request, and queue what is to be said."""
        ...

    async def opened_by(self, actor: Actor, most: int) -> list[Request]:
        """Somebody's own, newest first."""
        ...

    async def pending(self, most: int) -> list[Request]:
        """Those that wait for a decision, newest first."""
        ...

    async def due(self, now: datetime, most: int) -> list[Request]:
        """Those to be looked at by now."""
        ...


class Delegations(Protocol):
    """Who decides in whose place. May raise `StoreError`."""

    async def delegate(self, by: Actor, to: Actor | None, until: datetime, entry: Entry) -> None:
        """Let somebody decide in one's place, or nobody any more; the last word counts."""
        ...

    async def delegators(self, to: Actor, now: datetime) -> list[Actor]:
        """In whose place this one may decide now."""
        ...


class OnCall(Protocol):
    """Who is in a Slack user group now. May raise `SlackError`."""

    async def members(self, group_id: str) -> frozenset[str]:
        """Ids of its users, read afresh."""
        ...


class Locator(OnCall, Protocol):
    """Finds people at Slack. May raise `SlackError`."""

    async def profile(self, actor: Actor) -> Profile:
        """The user with this id."""
        ...

    async def by_email(self, email: str) -> Profile | None:
        """The member of this workspace with this address; to see whether they can be asked."""
        ...


class Roster(Protocol):
    """Everybody at Cloudinary. May raise `CloudinaryError`."""

    async def all_users(self) -> list[CloudinaryUser]:
        """Every user of the account."""
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
