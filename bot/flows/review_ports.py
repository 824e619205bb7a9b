"""What access reviews need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.access_reviews import Review
from bot.domain.audit import Entry
from bot.domain.requests.notifications import Notification


class AccessReviews(Protocol):
    """Stored reviews. May raise `StoreError`."""

    async def load(self, review_id: str) -> Review | None:
        """Read one; None if there is none, or it is not believed."""

    async def open(self) -> list[Review]:
        """List those that wait for answers, the newest first."""

    async def running_in(self, environment_ids: Sequence[str]) -> Review | None:
        """Find a review that runs in one of these environments."""

    async def add(self, review: Review, entry: Entry, told: Sequence[Notification]) -> bool:
        """Begin one, once, unless another one runs in one of its environments."""

    async def replace(
        self, before: Review, after: Review, entry: Entry, told: Sequence[Notification] = ()
    ) -> bool:
        """Write one, unless it is no longer `before`."""

    async def due(self, now: datetime) -> list[Review]:
        """List those that the clock moves by now."""
