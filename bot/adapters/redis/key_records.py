"""Records of keys in Redis: one signed document for each, and an index of them, for good."""

from collections.abc import Mapping, Sequence

from bot.adapters.redis import names
from bot.adapters.redis.key_record_form import read_record, writes_of
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import KEY_RECORDS, NOTICES
from bot.adapters.redis.owners import RedisOwners
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import xadd
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.key_records import KeyRecord
from bot.domain.pending import OwnKey
from bot.domain.requests.notifications import Notification


class RedisKeyRecords:
    """The records of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed
        self._owners = RedisOwners(store, signed)

    async def find(self, api_key: str) -> KeyRecord | None:
        """Read a key's record."""
        return read_record(await self._signed.find_one_of_many(names.key_record(api_key)))

    async def find_many(self, api_keys: Sequence[str]) -> Mapping[str, KeyRecord]:
        """Read many, by API key."""
        found = await self._signed.find_many([names.key_record(each) for each in api_keys])
        records = (read_record(fields) for fields in found.values())
        return {record.api_key: record for record in records if record}

    async def listed(self, start: int, most: int) -> list[KeyRecord]:
        """List a part of all records, newest first."""
        until = str(start + most - 1)
        ids = await self._store.texts("ZREVRANGE", KEY_RECORDS, str(start), until)
        found = await self.find_many(ids)
        return [found[api_key] for api_key in ids if api_key in found]

    async def replace(
        self,
        before: KeyRecord | None,
        after: KeyRecord,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        notice: str = "",
        own: OwnKey | None = None,
    ) -> bool:
        """Write a record whole, if the one before it is still there; its owner changes with it."""
        key = names.key_record(after.api_key)
        same = await self._signed.as_it_is(key)
        if await self.find(after.api_key) != before:
            return False
        by = entry.actor.user_id if entry.actor else ""
        told = (xadd(NOTICES, {"text": notice, "by": by}),) if notice else ()
        owned = await self._owners.assigning(own, entry.at) if own else ()
        writes = (*writes_of(self._signed, after), *owned, *map(queued, notifications), *told)
        return await self._ledger.write(entry, writes, same)
