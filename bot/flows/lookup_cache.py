"""Asks Cloudinary and Slack for each thing once, and for no more than they like to be asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from bot.domain.people import Actor, CloudinaryUser, KeyRight, Profile
from bot.flows.request_ports import Locator, Roster
from bot.flows.requests.lookups import NotAsked

MOST_RIGHTS: Final = 300
"""Rights read, of one person in one environment each: three calls or more, ten with many groups."""
AT_ONCE: Final = 4
"""Calls side by side: whoever waits for an answer meanwhile has the rest of the limits."""

K = TypeVar("K")
T = TypeVar("T")


class CachedLookup(Generic[K, T]):
    """The answers to one kind of question; one that failed fails again."""

    def __init__(self, ask: Callable[[K], Awaitable[T]], places: asyncio.Semaphore) -> None:
        self._ask = ask
        self._places = places
        self._answers: dict[K, asyncio.Task[T]] = {}

    async def __call__(self, about: K) -> T:
        """Give the answer."""
        if about not in self._answers:
            self._answers[about] = asyncio.create_task(self._answer(about))
        return await self._answers[about]

    async def _answer(self, about: K) -> T:
        async with self._places:
            return await self._ask(about)

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, about: K) -> bool:
        return about in self._answers


@dataclass(frozen=True)
class FixedClock:
    """The clock, for as long as one look lasts: what is found out in it stays true to its end."""

    at: datetime

    def now(self) -> datetime:
        """When the look began."""
        return self.at


class LookupCache:
    """The ports `Roster` and `Locator`, for as long as one look lasts."""

    def __init__(self, roster: Roster, locator: Locator) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        self._roster = roster
        self._users: list[CloudinaryUser] | None = None
        self._environments = CachedLookup[str, frozenset[str]](roster.environments_of, places)
        self._groups = CachedLookup[str, frozenset[str]](roster.groups_of, places)
        self._members = CachedLookup[str, frozenset[str]](locator.members, places)
        self._profiles = CachedLookup[Actor, Profile](locator.profile, places)
        self._addresses = CachedLookup[str, Profile | None](locator.by_email, places)
        self._rights = CachedLookup[tuple[str, str], KeyRight](
            lambda about: roster.key_right(*about), places
        )

    async def all_users(self) -> list[CloudinaryUser]:
        """Every user of the account."""
        if self._users is None:
            self._users = await self._roster.all_users()
        return self._users

    async def environments_of(self, user_id: str) -> frozenset[str]:
        """Ids of the product environments that the user has access to."""
        return await self._environments(user_id)

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """Names of the user's groups."""
        return await self._groups(user_id)

    async def members(self, group_id: str) -> frozenset[str]:
        """Ids of the users in a user group."""
        return await self._members(group_id)

    async def profile(self, actor: Actor) -> Profile:
        """The user with this id."""
        return await self._profiles(actor)

    async def by_email(self, email: str) -> Profile | None:
        """The member with this address."""
        return await self._addresses(email)

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """What the user may do with keys there; `NotAsked` beyond the limit."""
        about = (user_id, environment_id)
        if about not in self._rights and len(self._rights) >= MOST_RIGHTS:
            raise NotAsked(about)
        return await self._rights(about)
