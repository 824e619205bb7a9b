"""Remembers what Cloudinary and Slack answer about people, and respects their limits."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, ParamSpec, TypeVar

from bot.domain.people import Profile
from bot.flows.ports import Clock
from bot.flows.request_ports import Locator, Roster

LOOKED_UP: Final = 40
"""Calls within `KNOWN_FOR`; Slack allows fifty a minute."""
KNOWN_FOR: Final = timedelta(minutes=1)
MOST_RIGHTS: Final = 300
"""Rights read, each of one person in one environment: three to ten calls."""
AT_ONCE: Final = 4
"""Calls at the same time; the rest of the limits is left to people who wait for an answer."""

P = ParamSpec("P")
T = TypeVar("T")


class NotAsked(Exception):
    """The limit is reached, so the answer is not known."""


class Lookups:
    """One kind of look-up. It only finds who could be asked to approve: a minute old is enough."""

    def __init__(self, ask: Callable[[str], Awaitable[Profile | None]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._calls: list[datetime] = []
        self._known: dict[str, tuple[datetime, Profile | None]] = {}

    async def __call__(self, about: str) -> Profile | None:
        """Look a person up, or remember; raises `NotAsked` beyond the limit."""
        now = self._clock.now()
        self._calls = [at for at in self._calls if now - at < KNOWN_FOR]
        self._known = {key: it for key, it in self._known.items() if now - it[0] < KNOWN_FOR}
        if about in self._known:
            return self._known[about][1]
        if len(self._calls) >= LOOKED_UP:
            raise NotAsked(about)
        self._calls.append(now)
        found = await self._ask(about)
        self._known[about] = (now, found)
        return found


class CachedLookup(Generic[P, T]):
    """One kind of question and its answers; a question that failed fails again."""

    def __init__(
        self, ask: Callable[P, Awaitable[T]], slots: asyncio.Semaphore, most: float = float("inf")
    ) -> None:
        self._ask = ask
        self._slots = slots
        self._most = most
        self._answers: dict[object, asyncio.Task[T]] = {}

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Answer a question; raises `NotAsked` for a new one beyond the limit."""
        about = (args, *kwargs.items())
        if about not in self._answers:
            if len(self._answers) >= self._most:
                raise NotAsked(about)
            self._answers[about] = asyncio.create_task(self._answer(*args, **kwargs))
        return await self._answers[about]

    async def _answer(self, *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._slots:
            return await self._ask(*args, **kwargs)


@dataclass(frozen=True)
class FixedClock:
    """The clock of one look: an answer stays valid until the look ends."""

    at: datetime

    def now(self) -> datetime:
        """Return when the look began."""
        return self.at


class LookupCache:
    """The ports `Roster` and `Locator`, for one look."""

    def __init__(self, roster: Roster, locator: Locator) -> None:
        slots = asyncio.Semaphore(AT_ONCE)
        self.all_users = CachedLookup(roster.all_users, slots)
        self.environments_of = CachedLookup(roster.environments_of, slots)
        self.groups_of = CachedLookup(roster.groups_of, slots)
        self.key_right = CachedLookup(roster.key_right, slots, MOST_RIGHTS)
        self.members = CachedLookup(locator.members, slots)
        self.profile = CachedLookup(locator.profile, slots)
        self.by_email = CachedLookup(locator.by_email, slots)
