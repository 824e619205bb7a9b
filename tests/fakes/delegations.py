"""Delegations in memory: the port `Delegations`."""

from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.delegations import Delegation
from bot.domain.people import Actor


class FakeDelegations:
    """`entries` is the audit log, `notices` what security is told."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.notices: list[str] = []
        self.kept: dict[Actor, Delegation] = {}

    async def find(self, by: Actor) -> Delegation | None:
        """Read a person's record."""
        return self.kept.get(by)

    async def replace(
        self, before: Delegation | None, after: Delegation, entry: Entry, notice: str
    ) -> bool:
        """Write a record, if the one before it is still there."""
        if self.kept.get(after.by) != before:
            return False
        self.kept[after.by] = after
        self.entries.append(entry)
        self.notices += [notice] if notice else []
        return True

    async def current(self, now: datetime) -> list[Delegation]:
        """List the delegations by which anyone may vote now."""
        return [each for each in self.kept.values() if each.delegate(now)]
