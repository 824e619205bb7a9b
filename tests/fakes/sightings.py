"""What was seen of keys, in memory: the ports `Sightings` and `OwnActs`, also run on Redis."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.drift import Found, OwnAct
from bot.domain.requests.notifications import Notification
from bot.errors import CloudinaryError, StoreError, Unavailable
from bot.flows.ports import Clock
from tests.fakes.key_records import FakeKeyRecords


@dataclass
class FakeSightings:
    """It is always this process's turn; `told` and `entries` are those of the records.

    While it is `away`, it knows nothing.
    """

    records: FakeKeyRecords
    noted_at: dict[str, datetime] = field(default_factory=dict)
    steps: int = 0
    away: bool = False

    async def turn(self) -> bool:
        """Always take the turn."""
        return True

    async def noted(self, what: str) -> datetime | None:
        """When something was noted last."""
        if self.away:
            raise StoreError("Redis is away")
        return self.noted_at.get(what)

    async def note(
        self,
        what: str,
        before: datetime | None,
        entry: Entry,
        notifications: Sequence[Notification] = (),
    ) -> bool:
        """Note it, once."""
        if self.noted_at.get(what) != before:
            return False
        self.noted_at[what] = entry.at
        self.records.told += notifications
        return True

    async def write(
        self, found: Sequence[Found], entry: Entry, notifications: Sequence[Notification]
    ) -> bool:
        """Write all records, or none."""
        kept = self.records.kept
        if any(kept.get(each.after.api_key) != each.before for each in found):
            return False
        kept |= {each.after.api_key: each.after for each in found}
        self.records.entries.append(entry)
        self.records.told += notifications
        self.steps += 1
        return True


@dataclass
class FakeOwnActs:
    """`marked` has when each act began."""

    clock: Clock
    marked: dict[OwnAct, datetime] = field(default_factory=dict)

    @asynccontextmanager
    async def doing(self, act: OwnAct) -> AsyncIterator[None]:
        """Mark an act; one that was certainly refused is none."""
        before = self.marked.get(act)
        self.marked[act] = self.clock.now()
        try:
            yield
        except CloudinaryError as error:
            if not before and not (isinstance(error, Unavailable) and error.maybe_done):
                del self.marked[act]
            raise

    async def begun(self, acts: Sequence[OwnAct]) -> Mapping[OwnAct, datetime]:
        """Tell when each began last."""
        return {act: self.marked[act] for act in acts if act in self.marked}
