"""The members of the workspace, kept in memory: `users.list` fills it, events keep it right.

What changes something still asks `users.info`. What only reads, or finds people who could be asked
to approve, uses what is kept, so it does not wait for Slack's rate limits. An event only makes the
directory forget: it grants nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Generic, TypeVar

from bot.domain.people import Actor, Profile
from bot.errors import StoreError
from bot.flows.ports import Clock, Hints
from bot.flows.request_ports import Listing

K = TypeVar("K")
T = TypeVar("T")

ASKED_FOR: Final = timedelta(seconds=60)
"""How long an answer of `users.info` is used while no complete list is kept."""
LISTED_FOR: Final = timedelta(hours=1)
"""How long what is kept is used after the last complete list; it is read again before that."""


class Shared(Generic[K, T]):
    """One kind of question: those who ask the same at the same time share one call."""

    def __init__(self, ask: Callable[[K], Awaitable[T]]) -> None:
        self._ask = ask
        self._asking: dict[K, asyncio.Task[T]] = {}

    async def __call__(self, about: K) -> T:
        """Ask, or wait for the answer to the same question."""
        return await asyncio.shield(self.start(about))

    def start(self, about: K) -> asyncio.Task[T]:
        """Ask, or join those who ask; the task belongs to all of them, and is not cancelled."""
        asking = self._asking.get(about)
        if asking is None:
            asking = asyncio.create_task(self._answer(about))
            self._asking[about] = asking
            asking.add_done_callback(partial(self._answered, about))
        return asking

    def forget(self, concerns: Callable[[K], bool]) -> None:
        """Let those who ask from now on ask again."""
        self._asking = {about: it for about, it in self._asking.items() if not concerns(about)}

    async def _answer(self, about: K) -> T:
        return await self._ask(about)

    def _answered(self, about: K, done: asyncio.Task[T]) -> None:
        if self._asking.get(about) is done:
            del self._asking[about]
        if not done.cancelled():
            done.exception()  # those who wait have it


@dataclass
class FreshDirectory:
    """The port `Locator` for changes: every look at a profile asks Slack.

    Those who ask the same at the same time share one call.
    """

    slack: Listing
    clock: Clock
    hints: Hints
    listed_at: datetime | None = field(default=None, init=False)
    profiles: dict[str, tuple[datetime, Profile]] = field(
        default_factory=dict, init=False, repr=False
    )
    _by_email: defaultdict[str, set[str]] = field(
        default_factory=lambda: defaultdict(set), init=False, repr=False
    )
    _forgotten: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)
    _locales: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._profiles = Shared(self._ask)
        self._members = Shared(self.slack.members)
        self._found = Shared(self.slack.by_email)

    async def profile(self, actor: Actor) -> Profile:
        """Ask `users.info`, or wait for the answer to the same question."""
        return await self._profiles(actor)

    async def by_email(self, email: str) -> Profile | None:
        """Ask `users.lookupByEmail`, or wait likewise."""
        return await self._found(email)

    async def members(self, group_id: str) -> frozenset[str]:
        """Ask for a user group's members, or wait likewise."""
        return await self._members(group_id)

    async def fill(self) -> Sequence[Exception]:
        """Read the complete list. Raises `SlackError`; what was kept then remains, for its time."""
        began = self.clock.now()
        everyone = await self.slack.everyone()
        newer = [each for each in self.profiles.values() if each[0] > began]
        self.profiles.clear()
        self._by_email.clear()
        self._forgotten = {id_: at for id_, at in self._forgotten.items() if at >= began}
        for profile in everyone:
            self._keep(profile, began)
        for at, profile in newer:
            self._keep(profile, at)
        self.listed_at = began
        return ()

    async def changed(self, profile: Profile) -> None:
        """Take a hint of Slack's that a user changed: forget them, here and in other processes."""
        now = self.clock.now()
        self._locales[profile.user_id] = profile.locale or self.locale(profile.user_id)
        kept = self.profiles.get(profile.user_id)
        if kept is None or kept[1] != profile:
            self._forget(profile.user_id, now)
        self._profiles.forget(lambda actor: actor.user_id == profile.user_id)
        self._found.forget(lambda _: True)  # that answer may be older than the change
        await self.hints.note(profile.user_id, now)

    def kept(self, user_id: str) -> tuple[datetime, Profile] | None:
        """What is kept about a user, and since when, if it is recent enough for reading."""
        found = self.profiles.get(user_id)
        if found is None:
            return None
        at, now = found[0], self.clock.now()
        limit = LISTED_FOR if self.complete else ASKED_FOR
        return found if now - at <= limit else None

    def locale(self, user_id: str) -> str:
        """The last known language and region of a user, also of one who changed since."""
        return self._locales.get(user_id, "")

    @property
    def complete(self) -> bool:
        """Whether a complete list was read recently enough."""
        return self.listed_at is not None and self.clock.now() - self.listed_at <= LISTED_FOR

    def with_email(self, email: str) -> list[Profile]:
        """The active users who are kept under this address; the caller compares it exactly."""
        found = map(self.kept, self._by_email.get(email.lower(), ()))
        return [each[1] for each in found if each and not each[1].deleted]

    @property
    def forgotten(self) -> bool:
        """Whether any user changed since the complete list and is not known again."""
        return bool(self._forgotten)

    async def _ask(self, actor: Actor) -> Profile:
        began = self.clock.now()
        profile = await self.slack.profile(actor)
        self._keep(profile, began)
        return profile

    def _keep(self, profile: Profile, at: datetime) -> None:
        """Keep a profile that was read at that time, unless its user changed since."""
        forgotten = self._forgotten.get(profile.user_id)
        if forgotten is not None and forgotten >= at:
            return
        self._forget(profile.user_id)
        self._locales[profile.user_id] = profile.locale
        self.profiles[profile.user_id] = (at, profile)
        self._by_email[profile.email.lower()].add(profile.user_id)

    def _forget(self, user_id: str, at: datetime | None = None) -> None:
        _, former = self.profiles.pop(user_id, (None, None))
        if former:
            self._by_email[former.email.lower()].discard(user_id)
        if at:
            self._forgotten[user_id] = at
        else:
            self._forgotten.pop(user_id, None)


@dataclass(frozen=True)
class KeptDirectory:
    """The port `Locator` for reading: what is kept, and Slack where nothing recent is."""

    fresh: FreshDirectory

    async def profile(self, actor: Actor) -> Profile:
        """Give the kept profile, unless Slack reported a change since; else ask."""
        found = self.fresh.kept(actor.user_id)
        if found and not found[1].deleted and not await self._changed(actor.user_id, found[0]):
            return found[1]
        return await self.fresh.profile(actor)

    async def by_email(self, email: str) -> Profile | None:
        """Find the member with this address among those who are kept; else ask."""
        found = self.fresh.with_email(email)
        if len(found) == 1:
            return found[0]
        if not found and self.fresh.complete and not self.fresh.forgotten:
            return None
        return await self.fresh.by_email(email)

    async def members(self, group_id: str) -> frozenset[str]:
        """Ask for a user group's members."""
        return await self.fresh.members(group_id)

    async def _changed(self, user_id: str, since: datetime) -> bool:
        try:
            last = await self.fresh.hints.last(user_id)
        except StoreError:
            return True  # not known: Slack tells
        return last is not None and last >= since
