"""Incidents in memory: the port `Incidents`. The contract suite also runs on `RedisIncidents`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.incidents import Incident, next_look
from bot.domain.requests.notifications import Notification
from bot.errors import StoreError
from bot.flows.ports import Done
from tests.fakes.jobs import FakeJobs


class FakeIncidents:
    """`notifications` is the outbox; audit entries and changes of keys go to `jobs`.

    The next `failures` writes raise, after `passing` others; with `lost`, they do their work first.
    """

    def __init__(self, jobs: FakeJobs) -> None:
        self.jobs = jobs
        self.notifications: list[Notification] = []
        self.failures = 0
        self.passing = 0
        self.lost = False
        self.alerts: list[str] = []
        self._taken: set[str] = set()
        self._kept: dict[str, Incident] = {}
        self._due: dict[str, datetime] = {}

    async def load(self, api_key: str) -> Incident | None:
        """Read one."""
        return self._kept.get(api_key)

    async def write(
        self,
        before: Incident | None,
        after: Incident,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        done: Done | None = None,
    ) -> bool:
        """Write one, unless it is no longer `before`."""
        fails = self._fails()
        if fails and not self.lost:
            raise StoreError("away")
        kept = self._kept.get(after.api_key)
        if (kept.version if kept else None) != (before.version if before else None):
            return False
        self._kept[after.api_key] = replace(after, card=kept.card if kept else "")
        self.jobs.entries.append(entry)
        self.notifications += notifications
        if done:
            self.jobs.set_change(done)
        self._due.pop(after.api_key, None)
        if at := next_look(after):
            self._due[after.api_key] = at
        if fails:
            raise StoreError("the answer is lost")
        return True

    def _fails(self) -> bool:
        if self.passing:
            self.passing -= 1
            return False
        failing = self.failures > 0
        self.failures -= failing
        return failing

    async def due(self, now: datetime, most: int) -> list[Incident]:
        """List those that are due by now."""
        ids = sorted(self._due, key=lambda each: self._due[each])
        return [self._kept[each] for each in ids if self._due[each] <= now][:most]

    async def postpone(self, api_key: str, until: datetime) -> None:
        """Look again then, unless it was settled meanwhile."""
        if api_key in self._due:
            self._due[api_key] = until

    async def place(self, api_key: str, card: str) -> None:
        """Store where its message is."""
        self._kept[api_key] = replace(self._kept[api_key], card=card)

    async def was_taken(self, delivery: str) -> bool:
        """Whether a webhook's delivery was taken before."""
        return delivery in self._taken

    async def take(self, delivery: str) -> None:
        """Remember a webhook's delivery."""
        self._taken.add(delivery)

    async def tell(self, text: str, source: str) -> None:
        """Tell security of a report that names no pair."""
        self.alerts.append(f"{source} {text}")
