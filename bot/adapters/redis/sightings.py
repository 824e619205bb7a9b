"""What was seen of keys at Cloudinary, in Redis: their records, and when they were compared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.key_record_form import read_record, writes_of
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import KEYS_NEXT
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.store import Store
from bot.adapters.redis.turns import take_turn
from bot.domain.audit import Entry
from bot.domain.drift import Found
from bot.domain.requests.notifications import Notification

EVERY: Final = 300
"""Seconds between two comparisons of the whole account."""
FIRST_AFTER: Final = 120
"""Seconds from the first start, or from a loss of Redis, to the next one."""


class RedisSightings:
    """The sightings of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def turn(self) -> bool:
        """Take the turn if it is time; one process of all gets it."""
        return await take_turn(self._store, KEYS_NEXT, FIRST_AFTER, EVERY)

    async def noted(self, what: str) -> datetime | None:
        """When something was noted last."""
        found = await self._signed.find(names.reconciled(what))
        return datetime.fromisoformat(found["at"]) if found else None

    async def note(
        self,
        what: str,
        before: datetime | None,
        entry: Entry,
        notifications: Sequence[Notification] = (),
    ) -> bool:
        """Note it, once."""
        key = names.reconciled(what)
        same = await self._signed.as_it_is(key)
        if await self.noted(what) != before:
            return False
        write = self._signed.hset(key, {"at": entry.at.isoformat()})
        return await self._ledger.write(entry, (write, *map(queued, notifications)), same)

    async def write(
        self, found: Sequence[Found], entry: Entry, notifications: Sequence[Notification]
    ) -> bool:
        """Write records, and queue what people are told."""
        keys = [names.key_record(each.after.api_key) for each in found]
        same = [await self._signed.as_it_is(key) for key in keys]
        now = await self._signed.find_many(keys)
        before = [read_record(now.get(key, {})) for key in keys]
        if before != [each.before for each in found]:
            return False
        writes = (write for each in found for write in writes_of(self._signed, each.after))
        return await self._ledger.write(entry, (*writes, *map(queued, notifications)), *same)
