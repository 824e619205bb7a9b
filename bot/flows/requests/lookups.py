"""Looks people up at Slack: remembers each answer for a minute, and respects Slack's limits."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.domain.people import Profile
from bot.flows.ports import Clock

LOOKED_UP: Final = 40
"""Calls within `KNOWN_FOR`; Slack allows fifty a minute."""
KNOWN_FOR: Final = timedelta(minutes=1)


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
