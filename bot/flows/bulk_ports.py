"""What bulk acts need from outside."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.bulk import Bulk
from bot.domain.requests.notifications import Notification


class Bulks(Protocol):
    """Stored bulk acts, each kept for 30 days after its last change. May raise `StoreError`."""

    async def add(self, bulk: Bulk, entry: Entry) -> bool:
        """Store a new one; False if one of its id is stored."""

    async def load(self, bulk_id: str) -> Bulk | None:
        """Read one; None if it is no longer kept, or not believed."""

    async def replace(
        self,
        before: Bulk,
        after: Bulk,
        entry: Entry,
        *,
        told: bool,
        also: Sequence[Notification] = (),
    ) -> bool:
        """Change one, unless it is no longer `before`; `told` queues an update of its message.

        `also` are messages to others.
        """
