"""What those see who look after the whole account."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.commands.oversight import ShowAudit
from bot.domain.environments import Environment
from bot.domain.log_search import Logged
from bot.domain.report_schedules import ReportSchedule
from bot.domain.reports import Figures


@dataclass(frozen=True)
class AuditShown:
    """Entries of the audit log, newest first.

    `first` and `last` are the numbers of the entries that were looked through, `reached` is when
    the oldest of them was written. The next page goes on at `older`; 0 at the end. Each of `hidden`
    is one that the reader may not see, of `unread` one that this version can't read. Where the end
    of the log was reached, `archived` is the number of the last entry before it, and `archives`
    name their files, the latest first.
    """

    kind = "audit_shown"
    command: ShowAudit
    entries: tuple[Logged, ...]
    first: int
    last: int
    reached: datetime | None = None
    older: int = 0
    newest: bool = True
    hidden: int = 0
    unread: int = 0
    archived: int = 0
    archives: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditExported:
    """The whole log was sent to the person as a file; `proven` if it has a signed checkpoint."""

    kind = "audit_exported"
    file: str
    first: int
    last: int
    proven: bool
    archives: tuple[str, ...] = ()


class ExportStop(StrEnum):
    """Why no export was sent."""

    FILTERED = "filtered"
    NOT_ALL = "not_all"
    NO_SCOPE = "no_scope"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class AuditNotExported:
    """No file was sent."""

    kind = "audit_not_exported"
    reason: ExportStop


class FilesLeft(StrEnum):
    """What is missing of a report's files."""

    NO_SCOPE = "no_scope"
    NO_PICTURE = "no_picture"


@dataclass(frozen=True)
class KeysReported:
    """The numbers of a report; its files are in a direct message, except for what is `left`.

    `closed` are environments that Keysmith may not read.
    """

    kind = "keys_reported"
    figures: Figures
    closed: tuple[Environment, ...] = ()
    left: FilesLeft | None = None


@dataclass(frozen=True)
class WeeklyReportSet:
    """The channel gets a report each week, the first one at once."""

    kind = "weekly_report_set"
    schedule: ReportSchedule


@dataclass(frozen=True)
class WeeklyReportEnded:
    """The channel gets no more reports."""

    kind = "weekly_report_ended"
    channel: str


@dataclass(frozen=True)
class NoWeeklyReport:
    """The place of the command has none, or can't have one: it is no channel."""

    kind = "no_weekly_report"
    in_channel: bool


OversightOutcome = (
    AuditShown
    | AuditExported
    | AuditNotExported
    | KeysReported
    | WeeklyReportSet
    | WeeklyReportEnded
    | NoWeeklyReport
)
