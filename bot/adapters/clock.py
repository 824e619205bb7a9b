"""The time."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)
