"""Weekly reports: which channel has one, by whose right, and when the next one comes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.people import Actor

WEEK: Final = timedelta(days=7)
CHANNELS: Final = ("C", "G")
"""First letters of channels; a direct conversation has no other reader."""


@dataclass(frozen=True)
class ReportSchedule:
    """The weekly report of a channel; `by` is the person whose right it stands on.

    `job` is the command that began it.
    """

    channel: str
    by: Actor
    since: datetime
    next_at: datetime
    job: str = ""

    @property
    def mark(self) -> str:
        """Marks the messages of the next report, so that they are posted once."""
        return f"report{int(self.next_at.timestamp())}"

    def later(self, now: datetime) -> "ReportSchedule":
        """Give the schedule after a report; a report that was missed does not come twice."""
        weeks = (now - self.next_at) // WEEK + 1
        return replace(self, next_at=self.next_at + weeks * WEEK)


class ReportEnd(StrEnum):
    """Why a weekly report ended by itself; the values are stored words."""

    NO_RIGHT = "no_right"
    UNREACHABLE = "unreachable"
