"""Delegations in memory: the port `Delegations`."""

from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.people import Actor


class FakeDelegations:
    """`entries` is the audit log."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._kept: dict[Actor, tuple[Actor, datetime]] = {}

    async def delegate(self, by: Actor, to: Actor | None, until: datetime, entry: Entry) -> None:
        """Appoint a delegate; None ends the delegation."""
        self.entries.append(entry)
        self._kept.pop(by, None)
        if to:
            self._kept[by] = (to, until)

    async def delegators(self, to: Actor, now: datetime) -> list[Actor]:
        """List the people on whose behalf this person may vote now."""
        return [
            by for by, (delegate, until) in self._kept.items() if delegate == to and now < until
        ]
