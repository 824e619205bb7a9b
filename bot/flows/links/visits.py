"""Counts and limits the visits that open no link, and tells security of many.

Every visit without the proof costs the same, whatever its id is of: its kind is looked up, then the
limits are asked, then it is counted. Limits are for those alone: who has the whole link is told the
truth, however many visits there are. Security is told by a worker's timer: a message that the visit
itself sent would show by its time that the visit met a link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain import links
from bot.domain.audit import AuditEvent, Entry
from bot.domain.link_visits import WINDOW, Figures, Visit, proven_visit, window_of
from bot.domain.requests.notifications import Notification, Topic, to_security
from bot.flows.ports import Clock


class VisitLimits(Protocol):
    """How many visits are served. May raise `StoreError`."""

    async def serves(self, place: str) -> bool:
        """Count a visit from there; False above a limit."""


class VisitTally(Protocol):
    """What every process has counted. May raise `StoreError`."""

    async def met(self, link_id: str) -> Visit:
        """What a visitor without the proof meets, in the same calls for every id."""

    async def add(self, window: datetime, *kinds: Visit) -> None:
        """Count a visit."""

    async def figures(self, window: datetime) -> Figures:
        """Read the counts of a window."""

    async def tell(self, figures: Figures, entry: Entry, told: Notification) -> bool:
        """Record and queue it in one step; False where it was told, by `told_as`."""


@dataclass(frozen=True)
class VisitCounter:
    """Counts visits; `seen` hears of each for the metrics of this process."""

    limits: VisitLimits
    tally: VisitTally
    clock: Clock
    seen: Callable[[Visit], None]

    async def serves(self, link_id: str, result: links.Whose | links.Reveal, place: str) -> bool:
        """Count a visit by what became of it; False where its visitor is turned away.

        What opens, or may open, is not counted. A visitor with the proof is never turned away, and
        uses up no limit: they are told what became of their link. May raise `StoreError`.
        """
        if not isinstance(result, links.Gone) or result.proven:
            if met := proven_visit(result):
                await self.count(met)
            return True
        visit = await self.tally.met(link_id)
        served = await self.limits.serves(place)
        await self.count(visit, *(() if served else (Visit.LIMITED,)))
        return served

    async def count(self, *kinds: Visit) -> None:
        """Count a visit alone. May raise `StoreError`."""
        await self.tally.add(window_of(self.clock.now()), *kinds)
        for each in kinds:
            self.seen(each)


@dataclass(frozen=True)
class VisitWatch:
    """Tells security once in each window with many visits, and once of those to waiting links."""

    tally: VisitTally
    clock: Clock

    async def look(self) -> tuple[Exception, ...]:
        """Look at this window and at the end of the former one. May raise `StoreError`."""
        current = window_of(self.clock.now())
        for window in (current - WINDOW, current):
            figures = await self.tally.figures(window)
            if figures.tells:
                await self.tally.tell(figures, self._entry(figures), _told(figures))
        return ()

    def _entry(self, figures: Figures) -> Entry:
        target = {"since": figures.since.isoformat()}
        target |= {str(visit): str(count) for visit, count in figures.counts.items()}
        return Entry(
            self.clock.now(), AuditEvent.REFUSED, "link:open", target=target, detail="many visits"
        )


def _told(figures: Figures) -> Notification:
    return to_security("", Topic.VISITS, text=figures.write())
