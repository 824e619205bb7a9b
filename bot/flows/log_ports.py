"""What reading the audit log needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.audit import Head, Record


class LogReader(Protocol):
    """The audit log as it is stored. May raise `StoreError`."""

    async def head(self) -> Head:
        """Where the log ends now."""

    async def start(self) -> Head:
        """What a trimmed log goes on from; the empty head for one that never was."""

    async def newest(self, last: int, count: int) -> list[Record]:
        """At most `count` records up to number `last`, newest first."""

    def proves(self, record: Record, before: Head) -> bool:
        """Whether a record has its own MAC behind that head."""

    async def archives(self) -> Sequence[str]:
        """Names of the files with what was trimmed, the latest first; none where unknown."""


@dataclass(frozen=True)
class Exported:
    """An export that a person has; `proven` if its last line is a signed checkpoint."""

    file: str
    first: int
    last: int
    proven: bool


class LogExporter(Protocol):
    """Sends the whole log as a file."""

    async def send(self, user_id: str, job_id: str, *, again: bool) -> Exported:
        """Send it to this person alone; `again` where an earlier try may have.

        May raise `StoreError` or `SlackError`.
        """
