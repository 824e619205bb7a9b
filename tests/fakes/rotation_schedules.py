"""Schedules of rotation in memory: the port `RotationSchedules`; a contract also runs on Redis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Notification
from bot.domain.rotation_schedules import LOOK_AGAIN, RotationSchedule, passed_on


@dataclass
class FakeRotationSchedules:
    """`told` has every notification and `entries` each entry; `looks` is when each is due."""

    kept: dict[str, RotationSchedule] = field(default_factory=dict)
    looks: dict[str, datetime] = field(default_factory=dict)
    told: list[Notification] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    async def find(self, api_key: str) -> RotationSchedule | None:
        """Read one."""
        return self.kept.get(api_key)

    async def find_many(self, api_keys: Sequence[str]) -> Mapping[str, RotationSchedule]:
        """Read many."""
        return {each: self.kept[each] for each in api_keys if each in self.kept}

    async def replace(
        self,
        api_key: str,
        before: RotationSchedule | None,
        after: RotationSchedule | None,
        entry: Entry,
        notifications: Sequence[Notification] = (),
    ) -> bool:
        """Write or end one."""
        if self.kept.get(api_key) != before:
            return False
        self._put(api_key, after, entry.at)
        self.entries.append(entry)
        self.told += notifications
        return True

    def _put(self, api_key: str, after: RotationSchedule | None, at: datetime) -> None:
        self.kept.pop(api_key, None)
        self.looks.pop(api_key, None)
        if after:
            self.kept[after.api_key] = after
            self.looks[after.api_key] = after.look_at or at + LOOK_AGAIN

    async def due(self, now: datetime, most: int) -> list[RotationSchedule]:
        """List those that are due."""
        late = sorted((at, api_key) for api_key, at in self.looks.items() if at <= now)
        return [self.kept[api_key] for _, api_key in late][:most]

    async def postpone(self, api_key: str, until: datetime) -> None:
        """Look again then."""
        if api_key in self.looks:
            self.looks[api_key] = until

    def succeed(self, before: Request, after: Request, at: datetime) -> None:
        """Pass a schedule on to the successor, as the step that ends a rotation does."""
        old = self.kept.get(after.terms.key)
        passed = passed_on(old, before, after, at) if old and after.made else None
        if passed:
            self._put(after.terms.key, self.kept.get(after.made, passed), at)
