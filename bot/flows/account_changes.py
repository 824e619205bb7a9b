"""When Keysmith last changed a user, a group or a role, so that every process reads people again.

One hint stands for all users: a group or a role may concern many of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.errors import StoreError
from bot.flows.ports import Clock, Hints

USERS: Final = "cloudinary:users"
"""In place of a Slack user's id, which has no colon."""


@dataclass(frozen=True)
class AccountChanges:
    """Shared by every process through the hints."""

    hints: Hints
    clock: Clock

    async def note(self) -> None:
        """Store that something changed, before the change is recorded. May raise `StoreError`."""
        await self.hints.note(USERS, self.clock.now())

    async def since(self, at: datetime) -> bool:
        """Whether something changed since then, or that is not known."""
        try:
            last = await self.hints.last(USERS)
        except StoreError:
            return True
        return last is not None and last >= at
