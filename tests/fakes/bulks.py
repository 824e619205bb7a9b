"""Bulk acts in memory: the port `Bulks`. The contract suite also runs on `RedisBulks`."""

from collections.abc import Sequence

from bot.domain.audit import Entry
from bot.domain.bulk import Bulk
from bot.domain.requests.notifications import Notification
from bot.errors import StoreError


class FakeBulks:
    """`entries` is the audit log, `told` the versions whose message is updated, `also` the
    messages to others.

    The next `failures` changes raise, after `passing` others.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.told: list[int] = []
        self.also: list[Notification] = []
        self.failures = 0
        self.passing = 0
        self._kept: dict[str, Bulk] = {}

    async def add(self, bulk: Bulk, entry: Entry) -> bool:
        """Store a new one, once."""
        if bulk.id in self._kept:
            return False
        self._kept[bulk.id] = bulk
        self.entries.append(entry)
        return True

    async def load(self, bulk_id: str) -> Bulk | None:
        """Read one."""
        return self._kept.get(bulk_id)

    async def replace(
        self,
        before: Bulk,
        after: Bulk,
        entry: Entry,
        *,
        told: bool,
        also: Sequence[Notification] = (),
    ) -> bool:
        """Change one, unless it changed since it was read."""
        if self.passing:
            self.passing -= 1
        elif self.failures:
            self.failures -= 1
            raise StoreError("away")
        kept = self._kept.get(before.id)
        if kept is None or kept.version != before.version:
            return False
        self._kept[after.id] = after
        self.entries.append(entry)
        if told:
            self.told.append(after.version)
        self.also += also
        return True
