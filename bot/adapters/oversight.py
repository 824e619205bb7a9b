"""Opens what the audit log and reports need: Redis, Slack's files, and a program that draws."""

from pathlib import Path

from bot.adapters.log_export import LogExport
from bot.adapters.redis.log import RedisLog
from bot.adapters.redis.log_file import LogFile
from bot.adapters.redis.stores import Stores
from bot.adapters.report_upload import ReportUpload
from bot.adapters.slack.files import SlackFiles
from bot.flows.oversight_ports import Oversight
from bot.flows.ports import Clock


def open_oversight(
    stores: Stores, archives: Path | None, files: SlackFiles, clock: Clock
) -> Oversight:
    """Open it; `archives` is where those of the audit log are."""
    return Oversight(
        RedisLog(stores.store, stores.ledger, archives),
        LogExport(LogFile(stores.store, stores.ledger), files, clock),
        ReportUpload(files),
        stores.schedules,
        stores.reviews,
    )
