"""What flows need of the records of keys."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.key_records import KeyRecord
from bot.domain.pending import OwnKey
from bot.domain.requests.notifications import Notification


class KeyRecords(Protocol):
    """The record of each key that Keysmith knows, kept for good. May raise `StoreError`.

    One that is not believed, or that another version wrote, counts as none. The steps that create,
    collect, change, end or delete a key write its record themselves.
    """

    async def find(self, api_key: str) -> KeyRecord | None:
        """Read a key's record."""

    async def find_many(self, api_keys: Sequence[str]) -> Mapping[str, KeyRecord]:
        """Read many by API key, a few hundred in a round trip; those without one are left out."""

    async def listed(self, start: int, most: int) -> list[KeyRecord]:
        """List a part of all records, those first that were seen first last; also of keys gone."""

    async def replace(
        self,
        before: KeyRecord | None,
        after: KeyRecord,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        notice: str = "",
        own: OwnKey | None = None,
    ) -> bool:
        """Write a record, and tell people, in one step; False if it is no longer `before`.

        `before` is None for a key without a record, or whose record counts as none. `own` is whose
        key it is from now on; None changes nothing.
        """
