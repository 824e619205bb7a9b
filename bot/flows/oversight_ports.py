"""What the audit log, reports and access reviews need from outside, together."""

from dataclasses import dataclass

from bot.flows.log_ports import LogExporter, LogReader
from bot.flows.report_ports import ReportSchedules, ReportSender
from bot.flows.review_ports import AccessReviews


@dataclass(frozen=True)
class Oversight:
    """What reads and sends the log, and what sends reports, their schedules, and reviews."""

    log: LogReader
    exporter: LogExporter
    reports: ReportSender
    schedules: ReportSchedules
    reviews: AccessReviews
