"""What sends reports, in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.report_schedules import ReportSchedule
from bot.errors import KeysmithError
from bot.flows.report_ports import ReportFiles
from tests.fakes.jobs import FakeJobs


@dataclass
class FakeReportSender:
    """Keeps what was sent, by mark: to whom, and what. `fails` is raised instead, once."""

    sent: dict[str, tuple[str, ReportFiles]] = field(default_factory=dict)
    sends: int = 0
    draws: bool = True
    fails: KeysmithError | None = None

    async def to_person(self, user_id: str, files: ReportFiles) -> bool:
        """Send, once for each mark."""
        return self._send(user_id, files)

    async def to_channel(self, channel: str, files: ReportFiles) -> bool:
        """Send likewise."""
        return self._send(channel, files)

    def _send(self, to: str, files: ReportFiles) -> bool:
        if self.fails:
            error, self.fails = self.fails, None
            raise error
        self.sends += files.mark not in self.sent
        self.sent[files.mark] = (to, files)
        return self.draws


@dataclass
class FakeReportSchedules:
    """Weekly reports in memory; their entries are those of the jobs."""

    jobs: FakeJobs
    kept: dict[str, ReportSchedule] = field(default_factory=dict)

    async def find(self, channel: str) -> ReportSchedule | None:
        """Read one."""
        return self.kept.get(channel)

    async def replace(
        self,
        channel: str,
        before: ReportSchedule | None,
        after: ReportSchedule | None,
        entry: Entry,
    ) -> bool:
        """Write or end one."""
        if self.kept.get(channel) != before:
            return False
        self.kept.pop(channel, None)
        if after:
            self.kept[channel] = after
        self.jobs.entries.append(entry)
        return True

    async def due(self, now: datetime) -> list[ReportSchedule]:
        """List those whose time has come."""
        return [each for each in self.kept.values() if each.next_at <= now]
