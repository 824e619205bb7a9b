"""Looking people up at Slack: remembered for a minute, and no more in it than Slack likes."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.domain.people import Profile
from bot.flows.ports import Clock

LOOKED_UP: Final = 40
"""People looked up within `KNOWN_FOR`; Slack allows fifty such calls a minute."""
KNOWN_FOR: Final = timedelta(minutes=1)


class NotAsked(Exception):
    """As much was asked as may be, so the answer to this is not known."""


class Lookups:
    """One kind of look-up. It only says who can be asked, so a while ago will do."""

    def __init__(self, ask: Callable[[str], Awaitable[Profile | None]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._asked: deque[datetime] = deque()
        self._known: dict[str, tuple[datetime, Profile | None]] = {}

    async def __call__(self, about: str) -> Profile | None:
        """Look somebody up, or remember; raises `NotAsked` where that would be too many."""
        now = self._clock.now()
        self._forget(now)
        if about in self._known:
            return self._known[about][1]
        if len(self._asked) >= LOOKED_UP:
            raise NotAsked(about)
        self._asked.append(now)
        found = await self._ask(about)
        self._known[about] = (now, found)
        return found

    def _forget(self, now: datetime) -> None:
        while self._asked and now - self._asked[0] >= KNOWN_FOR:
            self._asked.popleft()
        for about, (at, _) in tuple(self._known.items()):
            if now - at >= KNOWN_FOR:
                del self._known[about]
