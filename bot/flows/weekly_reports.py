"""Weekly reports: begun and ended by a command, posted by the clock, decided again each time.

A report is posted under a mark of its own, then its schedule moves on: what a crash leaves is
posted already, and is found. It ends where the person has no right to it any more, or the channel
can't be reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.oversight import ReportKeys
from bot.domain.jobs import Job
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.oversight import NoWeeklyReport, WeeklyReportEnded, WeeklyReportSet
from bot.domain.people import TurnedAway
from bot.domain.policy import Action
from bot.domain.report_schedules import CHANNELS, ReportEnd, ReportSchedule
from bot.domain.reports import as_csv, figure_rows, figures
from bot.errors import KeysmithError, SlackAway, SlackError
from bot.flows.audit import AuditLog
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.key_reporter import KeyReporter
from bot.flows.ports import Locks
from bot.flows.report_ports import ReportFiles, ReportPoster, ReportSchedules

SET: Final = "weekly"
ENDED: Final = "weekly ended"
POSTED: Final = "weekly posted"
"""Details of audit entries."""


@dataclass(frozen=True)
class WeeklyReports:
    """Answers `report --weekly` and `report --stop`."""

    schedules: ReportSchedules
    audit_log: AuditLog

    async def change(
        self, job: Job, command: ReportKeys
    ) -> WeeklyReportSet | WeeklyReportEnded | NoWeeklyReport:
        """Begin or end the report of the command's channel."""
        channel, now = job.reply.channel, self.audit_log.clock.now()
        if not channel.startswith(CHANNELS):
            return NoWeeklyReport(in_channel=False)
        while True:
            before = await self.schedules.find(channel)
            if command.stop and before is None:
                return WeeklyReportEnded(channel) if job.effect else NoWeeklyReport(in_channel=True)
            if not command.stop and before and before.job == job.id:
                return WeeklyReportSet(before)
            after = None if command.stop else ReportSchedule(channel, job.actor, now, now, job.id)
            detail = ENDED if command.stop else SET
            entry = self.audit_log.entry(job, AuditEvent.DONE, {"channel": channel}, detail)
            if await self.schedules.replace(channel, before, after, entry):
                return WeeklyReportSet(after) if after else WeeklyReportEnded(channel)


@dataclass(frozen=True)
class WeeklyKeeper:
    """Posts what is due; any number of processes may."""

    people: People
    authorizer: Authorizer
    reporter: KeyReporter
    schedules: ReportSchedules
    poster: ReportPoster
    locks: Locks
    audit_log: AuditLog

    async def look(self) -> Sequence[Exception]:
        """Post every report that is due; returns why one was not, which the next look tries again.

        Raises:
            StoreError: Redis did not answer.

        """
        failed = list[Exception]()
        for schedule in await self.schedules.due(self.audit_log.clock.now()):
            try:
                async with self.locks.hold(f"report:{schedule.channel}"):
                    if await self.schedules.find(schedule.channel) == schedule:
                        await self._post(schedule)
            except KeysmithError as error:
                failed.append(error)
        return failed

    async def _post(self, schedule: ReportSchedule) -> None:
        now = self.audit_log.clock.now()
        who = await self.people.identify(schedule.by, fresh=True)
        if isinstance(who, TurnedAway) or self.authorizer.refusal(who, ReportKeys()):
            return await self._end(schedule, ReportEnd.NO_RIGHT)
        found = await self.reporter.read(who.person, now)
        if isinstance(found, Denied):
            return await self._end(schedule, ReportEnd.NO_RIGHT)
        counted = figures(found[0])
        files = ReportFiles(schedule.mark, as_csv(figure_rows(counted)), counted)
        try:
            await self.poster.post(schedule, who.person.name, files)
        except SlackAway:
            raise
        except SlackError:
            return await self._end(schedule, ReportEnd.UNREACHABLE)
        entry = self._entry(schedule, AuditEvent.DONE, POSTED, keys=str(counted.keys))
        await self.schedules.replace(schedule.channel, schedule, schedule.later(now), entry)
        return None

    async def _end(self, schedule: ReportSchedule, reason: ReportEnd) -> None:
        """Tell that it ends, once, and end it."""
        await self.poster.ended(schedule, reason)
        entry = self._entry(schedule, AuditEvent.REFUSED, f"{ENDED}: {reason}")
        await self.schedules.replace(schedule.channel, schedule, None, entry)

    def _entry(
        self, schedule: ReportSchedule, event: AuditEvent, detail: str, **more: str
    ) -> Entry:
        now, target = self.audit_log.clock.now(), {"channel": schedule.channel} | more
        return Entry(now, event, Action.REPORT, schedule.by, schedule.job, target, detail)
