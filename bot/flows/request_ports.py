"""What requests need from outside, beyond `bot.flows.ports`."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.delegations import Delegation
from bot.domain.jobs import Job
from bot.domain.people import Actor, CloudinaryUser, Profile
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Notification
from bot.domain.sign_in import SignedVote
from bot.flows.ports import Access, Directory, Done

Notifications = Sequence[Notification]


class Opening(Enum):
    """What became of a request that was to be stored."""

    OPENED = auto()
    TAKEN = auto()
    TOO_MANY = auto()
    SPENT = auto()


class Requests(Protocol):
    """Stored requests. Each method is one atomic step and may raise `StoreError`."""

    async def open(
        self,
        request: Request,
        entry: Entry,
        notifications: Notifications,
        job: Job | None = None,
        budgets: Sequence[str] = (),
        *,
        once: bool = False,
    ) -> Opening | Request:
        """Store a new request and queue what follows.

        The same step counts, and stores nothing where a limit is reached: of the requests that wait
        for the requester, and of what each rule in `budgets` approved for them within a week. With
        `once`, a request that would wait beside one for the same thing answers with that one; so
        does a rotation of a key beside another one.
        """

    async def load(self, request_id: str) -> Request | None:
        """Read a request."""

    async def replace(
        self,
        before: Request,
        after: Request,
        entry: Entry,
        notifications: Notifications = (),
        job: Job | None = None,
        by: Job | None = None,
        done: Sequence[Done] = (),
        spends: SignedVote | None = None,
    ) -> bool:
        """Change a request and queue what follows; False if its version is no longer `before`'s.

        The same step stores the effect of the job `by`, if that is stored; False also where it is
        no longer open, or has an effect already. `done` are the changes of keys, one
        of each, that it tells of. It removes the sign-in that it `spends`, or is False without it.
        """

    async def schedule(self, request: Request) -> None:
        """Set the next look to the next deadline: nothing is due now."""

    async def postpone(self, request: Request, until: datetime) -> None:
        """Set the next look to that time: what is due failed."""

    async def note(
        self, entry: Entry, notifications: Notifications = (), by: Job | None = None
    ) -> None:
        """Add an audit entry that changes no request, and queue notifications.

        The same step stores the effect of the job `by`; it does nothing for one that has an effect.
        """

    async def opened_by(self, actor: Actor, most: int) -> list[Request]:
        """A person's own requests, newest first."""

    async def pending(self, most: int) -> list[Request]:
        """Requests that wait for a decision or a review, newest first."""

    async def closed(self, most: int) -> list[Request]:
        """Requests that wait for neither, newest first."""

    async def beginning(self, typed: str, actor: Actor | None, /) -> list[Request]:
        """Requests whose ids begin like this: of the newest, and of a person's own."""

    async def rotation_of(self, api_key: str) -> Request | None:
        """The rotation of a key that is not over, for the old key and for its successor."""

    async def due(self, now: datetime, most: int) -> list[Request]:
        """Requests whose next look is due."""


class VoteSignIns(Protocol):
    """Who signed in to approve a request, for some minutes. May raise `StoreError`."""

    async def add(self, signed: SignedVote, entry: Entry) -> None:
        """Store a sign-in in place of a former one of this person for this request."""

    async def find(self, request_id: str, actor: Actor) -> SignedVote | None:
        """The last one, as long as it is kept and not spent."""


class Delegations(Protocol):
    """Who votes for whom. May raise `StoreError`."""

    async def find(self, by: Actor) -> Delegation | None:
        """A person's last delegation, as long as it is kept; it may have ended."""

    async def replace(
        self, before: Delegation | None, after: Delegation, entry: Entry, notice: str
    ) -> bool:
        """Store a delegation or its end, and tell security; False if it is no longer `before`.

        An empty notice tells nothing.
        """

    async def current(self, now: datetime) -> list[Delegation]:
        """Every delegation by which anyone may vote now."""


class Locator(Directory, Protocol):
    """Finds people at Slack. May raise `SlackError`."""

    async def members(self, group_id: str) -> frozenset[str]:
        """Ids of a user group's members, uncached."""

    async def by_email(self, email: str) -> Profile | None:
        """The member of this workspace with this address."""


class Listing(Locator, Protocol):
    """The whole workspace. May raise `SlackError`."""

    async def everyone(self) -> list[Profile]:
        """Every user that the workspace lists, deactivated ones too."""


class Roster(Access, Protocol):
    """All users of the Cloudinary account. May raise `CloudinaryError`."""

    async def all_users(self) -> list[CloudinaryUser]:
        """Every user of the account."""
