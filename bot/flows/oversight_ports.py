"""What the audit log and reports need from outside, together."""

from dataclasses import dataclass

from bot.flows.log_ports import LogExporter, LogReader
from bot.flows.report_ports import ReportSchedules, ReportSender


@dataclass(frozen=True)
class Oversight:
    """What reads and sends the log, and what sends reports and keeps their schedules."""

    log: LogReader
    exporter: LogExporter
    reports: ReportSender
    schedules: ReportSchedules
