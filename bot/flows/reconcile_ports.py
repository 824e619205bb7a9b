"""What reconciling keys needs of storage."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.drift import Found, OwnAct
from bot.domain.requests.notifications import Notification


class OwnActs(Protocol):
    """The changes that Keysmith is about to make, marked before each. May raise `StoreError`."""

    def doing(self, act: OwnAct) -> AbstractAsyncContextManager[None]:
        """Mark an act while the block makes it; the mark goes where Cloudinary refuses it."""

    async def begun(self, acts: Sequence[OwnAct]) -> Mapping[OwnAct, datetime]:
        """Tell when each act began last; those that did not, or long ago, are left out."""


class Sightings(Protocol):
    """What was seen of keys at Cloudinary. May raise `StoreError`."""

    async def turn(self) -> bool:
        """Whether this process compares now; one of all does, a few minutes after the last."""

    async def noted(self, what: str) -> datetime | None:
        """When something was noted last; None if it never was."""

    async def note(
        self,
        what: str,
        before: datetime | None,
        entry: Entry,
        notifications: Sequence[Notification] = (),
    ) -> bool:
        """Note it at the entry's time, and tell people; False if it was noted since `before`."""

    async def write(
        self, found: Sequence[Found], entry: Entry, notifications: Sequence[Notification]
    ) -> bool:
        """Write records, and tell people, in one step; False if any record has changed since."""
