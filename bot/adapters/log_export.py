"""Sends the audit log to one person: written to a file of this process alone, uploaded, removed.

The name says which entries the file has, whether they are proven, and which job sent it: a job that
runs again after a crash finds it.
"""

import re
import tempfile
from pathlib import Path
from typing import Final

from bot.adapters.redis.log_file import LogFile
from bot.adapters.slack.files import SlackFiles, Upload
from bot.errors import SlackAway
from bot.flows.log_ports import Exported
from bot.flows.ports import Clock

NAME: Final = "keysmith-audit-{first}-{last}-{job}{proven}.jsonl"
UNPROVEN: Final = "-unproven"
_NAMED: Final = re.compile(r"keysmith-audit-(\d+)-(\d+)-(\w+?)(-unproven)?\.jsonl")
SHORT: Final = 12
"""Characters of a job's id in a name."""


class LogExport:
    """The exports of this process."""

    def __init__(self, log: LogFile, files: SlackFiles, clock: Clock) -> None:
        self._log = log
        self._files = files
        self._clock = clock

    async def send(self, user_id: str, job_id: str, *, again: bool) -> Exported:
        """Send the log to a person, unless this job has sent it before."""
        channel, job = await self._files.conversation(user_id), job_id[:SHORT]
        if again and (before := await self._sent(channel, job)):
            return before
        with tempfile.TemporaryDirectory(prefix="keysmith-") as directory:  # for its owner alone
            path = Path(directory) / "audit.jsonl"
            written = await self._log.write(path, self._clock.now())
            proven = "" if written.proven else UNPROVEN
            name = NAME.format(first=written.first, last=written.last, job=job, proven=proven)
            title = f"Audit log, entries {written.first} to {written.last}"
            try:
                await self._files.send(channel, [Upload(path, name, title)])
            except SlackAway:  # it may have been sent all the same
                if before := await self._sent(channel, job):
                    return before
                raise
        return Exported(name, written.first, written.last, written.proven)

    async def _sent(self, channel: str, job: str) -> Exported | None:
        """Find the file that the job has sent."""
        for name in await self._files.names(channel):
            found = _NAMED.fullmatch(name)
            if found and found[3] == job:
                return Exported(name, int(found[1]), int(found[2]), found[4] is None)
        return None
