"""Who decides in whose place, in memory."""

from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.people import Actor


class FakeDelegations:
    """`entries` is the record."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._kept: dict[Actor, tuple[Actor, datetime]] = {}

    async def delegate(self, by: Actor, to: Actor | None, until: datetime, entry: Entry) -> None:
        """Appoint somebody, or nobody."""
        self.entries.append(entry)
        self._kept.pop(by, None)
        if to:
            self._kept[by] = (to, until)

    async def delegators(self, to: Actor, now: datetime) -> list[Actor]:
        """In whose place this one may decide now."""
        return [by for by, (who, until) in self._kept.items() if who == to and now < until]
