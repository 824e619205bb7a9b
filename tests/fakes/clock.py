"""A clock that tests set."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class FakeClock:
    """Keeps its time until a test moves it."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Give the time that was set, in UTC."""
        return self.at

    def go_on(self, **span: float) -> None:
        """Move the time forward; the units are those of `timedelta`."""
        self.at += timedelta(**span)


@dataclass(frozen=True)
class OtherClock:
    """The clock of another machine, which is so many seconds ahead."""

    right: FakeClock
    ahead: float

    def now(self) -> datetime:
        """Give its time."""
        return self.right.now() + timedelta(seconds=self.ahead)
