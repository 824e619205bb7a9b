"""Chooses keys by what Keysmith keeps of them, and adds it to those that are shown.

However many keys there are, their records and their owners are some round trips each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.commands.keys import ListKeys
from bot.domain.key_records import KeyRecord
from bot.domain.keys import Located
from bot.domain.pending import OwnKey, held
from bot.flows.keys.orphans import Departed
from bot.flows.ports import Clock, PendingStore
from bot.flows.record_ports import KeyRecords
from bot.flows.rotations_due import RotationsDue


@dataclass(frozen=True)
class KeyFilter:
    """Reads the records of many keys."""

    records: KeyRecords
    pending: PendingStore
    departed: Departed
    clock: Clock
    rotations: RotationsDue

    async def chosen(self, keys: Sequence[Located], command: ListKeys) -> Sequence[Located]:
        """Leave out what the command does not ask for; those that end come in their order."""
        if command.orphaned:
            keys = await self.orphans(keys)
        if command.expiring is None and not command.unclaimed and not command.tag:
            return keys
        found = await self.records.find_many([here.key.api_key for here in keys])
        known = [(here, it) for here in keys if (it := found.get(here.key.api_key))]
        kept = [(here, it) for here, it in known if self._is_meant(it, command)]
        if command.expiring is not None:
            kept.sort(key=lambda each: each[1].expires_at or each[1].first_seen_at)
        return [here for here, _ in kept]

    async def orphans(self, keys: Sequence[Located]) -> list[Located]:
        """Those without an owner who is here; a root key needs none."""
        keys = [here for here in keys if not here.key.root]
        owned = await self.pending.owners_of([here.key.api_key for here in keys])
        gone = await self.departed.among(it for own in owned.values() for it in own.holders)
        kept = held(owned, gone)
        return [here for here in keys if here.key.api_key not in kept]

    def _is_meant(self, record: KeyRecord, command: ListKeys) -> bool:
        if command.unclaimed and record.claimed:
            return False
        if command.tag and command.tag not in record.tags:
            return False
        if command.expiring is None:
            return True
        until = self.clock.now() + timedelta(days=command.expiring)
        return record.expires_at is not None and record.expires_at <= until

    async def described(self, keys: Sequence[Located]) -> tuple[Located, ...]:
        """Add whose each key is, when it ends, and when it is rotated."""
        ids = [here.key.api_key for here in keys]
        owned, records = await self.pending.owners_of(ids), await self.records.find_many(ids)
        known = zip(keys, map(owned.get, ids), map(records.get, ids), strict=True)
        return await self.rotations.described([_described(*each) for each in known])


def _described(here: Located, own: OwnKey | None, record: KeyRecord | None) -> Located:
    ends = record.expires_at if record else None
    owner, also = (own.owner, own.also) if own else (None, ())
    return replace(here, owner=owner, also=also, ends_at=ends)
