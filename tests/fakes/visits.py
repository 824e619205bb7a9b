"""Visits that open no link, in memory: limits and counts. The contract also runs on Redis."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.link_visits import PER_MINUTE, PER_MINUTE_IN_ALL, Figures, Visit
from bot.domain.requests.notifications import Notification


@dataclass
class FakeVisitLimits:
    """The limits of one minute, which ends by `next_minute`."""

    _from: Counter[str] = field(default_factory=Counter)
    _all: int = 0

    async def serves(self, place: str) -> bool:
        """Count a visit from there; False above a limit."""
        self._from[place] += 1
        if self._from[place] > PER_MINUTE:
            return False
        self._all += 1
        return self._all <= PER_MINUTE_IN_ALL

    def next_minute(self) -> None:
        """Begin another minute."""
        self._from, self._all = Counter(), 0


@dataclass
class FakeVisitTally:
    """`met_by` has what a visitor meets at a link; `told` and `entries` are what security reads."""

    met_by: dict[str, Visit] = field(default_factory=dict)
    told: list[Notification] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    _counts: dict[datetime, Counter[Visit]] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    async def met(self, link_id: str) -> Visit:
        """Tell what a visitor meets."""
        return self.met_by.get(link_id, Visit.UNKNOWN)

    async def add(self, window: datetime, *kinds: Visit) -> None:
        """Count a visit."""
        self._counts.setdefault(window, Counter()).update(kinds)

    async def figures(self, window: datetime) -> Figures:
        """Read the counts."""
        return Figures(window, dict(self._counts.get(window, {})))

    async def tell(self, figures: Figures, entry: Entry, told: Notification) -> bool:
        """Record and tell it, once for a window."""
        if figures.told_as in self._known:
            return False
        self._known.add(figures.told_as)
        self.entries.append(entry)
        self.told.append(told)
        return True
