"""What reports need from outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.report_schedules import ReportEnd, ReportSchedule
from bot.domain.reports import Figures


@dataclass(frozen=True)
class ReportFiles:
    """The files of a report: the rows of a spreadsheet, and what a picture shows, if there is one.

    `stem` begins their names.
    """

    mark: str
    csv: str
    figures: Figures | None
    names: tuple[tuple[str, str], ...] = ()
    """Of the owners in the figures, by their ids; none are drawn for a channel."""
    stem: str = "keys"


class ReportSender(Protocol):
    """Sends the files of a report to Slack."""

    async def to_person(self, user_id: str, files: ReportFiles) -> bool:
        """Send them in a direct message, once for each mark; False without a picture.

        May raise `SlackError`.
        """

    async def to_channel(self, channel: str, files: ReportFiles) -> bool:
        """Send them to a channel likewise."""


class ReportSchedules(Protocol):
    """The weekly reports, by channel. May raise `StoreError`."""

    async def find(self, channel: str) -> ReportSchedule | None:
        """Read a channel's schedule; one that is not believed counts as none."""

    async def replace(
        self,
        channel: str,
        before: ReportSchedule | None,
        after: ReportSchedule | None,
        entry: Entry,
    ) -> bool:
        """Write a schedule, or end it, in one step; False if it is no longer `before`."""

    async def due(self, now: datetime) -> list[ReportSchedule]:
        """List the schedules whose time has come."""


class ReportPoster(Protocol):
    """Posts weekly reports, each once. May raise `SlackError`."""

    async def post(self, schedule: ReportSchedule, name: str, files: ReportFiles) -> None:
        """Post the numbers, then the files; `name` is of the person whose report it is."""

    async def ended(self, schedule: ReportSchedule, reason: ReportEnd) -> None:
        """Tell the channel and the person that there are no more; raises `SlackAway` alone."""
