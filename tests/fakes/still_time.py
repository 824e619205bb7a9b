"""Time that passes only when code waits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.adapters.cloudinary.retry import Timing


@dataclass
class StillTime:
    """`waits` lists each wait in seconds; the random number is always the highest."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    passed: float = 0.0
    waits: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Move the time forward without waiting."""
        self.waits.append(seconds)
        self.passed += seconds

    @property
    def timing(self) -> Timing:
        """The timing that the client takes."""
        return Timing(self.sleep, lambda: 1.0, lambda: self.passed, lambda: self.at)
