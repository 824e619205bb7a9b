"""Asks Cloudinary and Slack for each thing once, and for no more than they like to be asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from bot.domain.people import Actor, CloudinaryUser, KeyRight, Profile
from bot.flows.request_ports import Locator, Roster

MOST_LOOKUPS: Final = 40
"""People looked for at Slack, which allows fifty such calls a minute. Others count as members."""
AT_ONCE: Final = 4
"""Calls side by side: whoever waits for an answer meanwhile has the rest of the limits."""

K = TypeVar("K")
T = TypeVar("T")


class Asked(Generic[K, T]):
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


class Once:
    """The ports `Roster` and `Locator`, for as long as one look lasts."""

    def __init__(self, roster: Roster, locator: Locator, team_id: str) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        self._roster = roster
        self._team_id = team_id
        self._users: list[CloudinaryUser] | None = None
        self._environments = Asked[str, frozenset[str]](roster.environments_of, places)
        self._groups = Asked[str, frozenset[str]](roster.groups_of, places)
        self._members = Asked[str, frozenset[str]](locator.members, places)
        self._rights = Asked[tuple[str, str], KeyRight](lambda it: roster.key_right(*it), places)
        self._people = Asked[Actor, Profile](locator.profile, places)
        self._profiles = Asked[str, Profile | None](locator.by_email, places)

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

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """What the account's effective policies let the user do with keys there."""
        return await self._rights((user_id, environment_id))

    async def profile(self, actor: Actor) -> Profile:
        """A member, by their id."""
        return await self._people(actor)

    async def members(self, group_id: str) -> frozenset[str]:
        """Ids of the users in a user group."""
        return await self._members(group_id)

    async def by_email(self, email: str) -> Profile | None:
        """The member with this address; beyond the limit, somebody who is taken for one."""
        if email in self._profiles or len(self._profiles) < MOST_LOOKUPS:
            return await self._profiles(email)
        return Profile("", self._team_id, "", email)
