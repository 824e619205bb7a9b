"""A clock that is set by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class FakeClock:
    """Stands still until it is told to go on."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """The time that it was set to."""
        return self.at

    def go_on(self, **span: float) -> None:
        """Let a span pass; its units are those of `timedelta`."""
        self.at += timedelta(**span)
