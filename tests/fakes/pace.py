"""Token buckets in memory: the port `Pace`. The contract suite also runs on `RedisPace`."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.lanes import Lane
from bot.domain.pace import WINDOW_S, Paced, take
from bot.domain.people import Actor


@dataclass
class FakePace:
    """`full_at` has a time in milliseconds for each bucket."""

    full_at: dict[tuple[Actor, Lane], int] = field(default_factory=dict)
    _told: dict[Actor, datetime] = field(default_factory=dict)

    async def take(self, actor: Actor, lane: Lane, now: datetime) -> Paced:
        """Take a token."""
        before = self.full_at.get((actor, lane), 0)
        self.full_at[actor, lane], wait = take(before, int(now.timestamp() * 1000))
        told = self._told.get(actor)
        first = bool(wait) and (told is None or now - told >= timedelta(seconds=WINDOW_S))
        if first:
            self._told[actor] = now
        return Paced(wait, first)
