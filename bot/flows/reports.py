"""Counts the keys that a person may see, and sends what a message can't hold as files."""

from dataclasses import dataclass
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.commands.oversight import ReportKeys
from bot.domain.jobs import Job
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.oversight import (
    FilesLeft,
    KeysReported,
    NoWeeklyReport,
    WeeklyReportEnded,
    WeeklyReportSet,
)
from bot.domain.people import Person
from bot.domain.reports import as_csv, figures, key_rows
from bot.errors import SlackError
from bot.flows.audit import AuditLog
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.key_reporter import KeyReporter
from bot.flows.ports import Jobs, Locks
from bot.flows.report_ports import ReportFiles, ReportPoster, ReportSender
from bot.flows.weekly_reports import WeeklyKeeper, WeeklyReports

BEGUN: Final = "report"
"""The intent of sending a report's files."""
LEFT: Final = {"missing_scope": FilesLeft.NO_SCOPE}
"""By Slack's refusal: why there are no files, now and later."""


Answer = KeysReported | WeeklyReportSet | WeeklyReportEnded | NoWeeklyReport | Denied


@dataclass(frozen=True)
class Reports:
    """Answers `report`."""

    reporter: KeyReporter
    sender: ReportSender
    weekly: WeeklyReports
    jobs: Jobs
    audit_log: AuditLog

    async def run(self, job: Job, person: Person, command: ReportKeys) -> Answer:
        """Count, and send the files to the person alone."""
        if command.weekly or command.stop:
            return await self.weekly.change(job, command)
        now = self.audit_log.clock.now()
        found = await self.reporter.read(person, now)
        if isinstance(found, Denied):
            return found
        keys, closed = found
        counted = figures(keys)
        ids = sorted({it.owner for it in keys if it.owner})
        names = await self.reporter.names(person.actor, ids)
        files = ReportFiles(job.id, as_csv(key_rows(keys, names)), counted, tuple(names.items()))
        entry = self.audit_log.entry(job, AuditEvent.BEGUN, {"keys": str(counted.keys)}, BEGUN)
        await self.jobs.begin(job, BEGUN, entry)
        try:
            drawn = await self.sender.to_person(person.actor.user_id, files)
        except SlackError as error:
            if error.code not in LEFT:
                raise
            return KeysReported(counted, tuple(closed), left=LEFT[error.code])
        return KeysReported(counted, tuple(closed), left=None if drawn else FilesLeft.NO_PICTURE)

    def keeper(
        self, people: People, authorizer: Authorizer, poster: ReportPoster, locks: Locks
    ) -> WeeklyKeeper:
        """Build what posts the weekly ones."""
        schedules, audit_log = self.weekly.schedules, self.audit_log
        return WeeklyKeeper(
            *(people, authorizer, self.reporter, schedules, poster, locks, audit_log)
        )
