"""Records of keys in memory: the port `KeyRecords`. The contract suite also runs on Redis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.audit import Entry
from bot.domain.key_records import KeyEvent, KeyRecord, recorded
from bot.domain.pending import OwnKey
from bot.domain.requests.notifications import Notification


@dataclass
class FakeKeyRecords:
    """`kept` is what is stored, `entries` the audit log, `told` and `notices` what people read.

    `owners` are those that were assigned, by API key.
    """

    kept: dict[str, KeyRecord] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    told: list[Notification] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    owners: dict[str, OwnKey] = field(default_factory=dict)

    async def find(self, api_key: str) -> KeyRecord | None:
        """Read a key's record."""
        return self.kept.get(api_key)

    async def find_many(self, api_keys: Sequence[str]) -> Mapping[str, KeyRecord]:
        """Read many, by API key."""
        return {each: self.kept[each] for each in api_keys if each in self.kept}

    async def listed(self, start: int, most: int) -> list[KeyRecord]:
        """List a part of all records, newest first."""
        every = self.kept.values()
        newest = sorted(every, key=lambda it: (it.first_seen_at, it.api_key), reverse=True)
        return newest[start : start + most]

    async def replace(
        self,
        before: KeyRecord | None,
        after: KeyRecord,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        notice: str = "",
        own: OwnKey | None = None,
    ) -> bool:
        """Write a record, if the one before it is still there."""
        if self.kept.get(after.api_key) != before:
            return False
        self.kept[after.api_key] = after
        self.entries.append(entry)
        self.told += notifications
        self.notices += [notice] if notice else []
        self.owners |= {own.api_key: own} if own else {}
        return True

    def touch(self, event: KeyEvent | None) -> None:
        """Write a change, as the step of another store does; nothing without a record."""
        if event and event.api_key in self.kept:
            self.kept[event.api_key] = recorded(self.kept[event.api_key], event)
