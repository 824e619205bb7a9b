"""Time that passes only when somebody waits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.adapters.cloudinary.retry import Timing


@dataclass
class StillTime:
    """`waits` remembers each wait in seconds; the dice always show their highest."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    passed: float = 0.0
    waits: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.waits.append(seconds)
        self.passed += seconds

    @property
    def timing(self) -> Timing:
        """For the client."""
        return Timing(self.sleep, lambda: 1.0, lambda: self.passed, lambda: self.at)
