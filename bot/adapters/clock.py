"""The time."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Read the time: aware, in UTC."""
        return datetime.now(UTC)
