"""Fixed tiers in Redis: one hash for each environment, without an end."""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import MAC, NOTICES
from bot.adapters.redis.records import ACTOR, PLAIN, TIME, Form, Record
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Guard, absent, delete, exists, field_is, xadd
from bot.adapters.redis.store import Store, as_fields
from bot.domain.audit import Entry
from bot.domain.environments import FixedTier, Tier, UnreadableTier
from bot.errors import AlteredRecord, UnknownKey

TIER: Final = Record(
    FixedTier,
    *(Form(str, Tier)("tier"), ACTOR("by"), PLAIN("name", "job"), TIME("at")),
    Form(str, int)("version"),
    required="version",
)

_log: Final = structlog.get_logger()


class RedisTiers:
    """The fixed tiers of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def stored(self, ids: Sequence[str]) -> Mapping[str, FixedTier | UnreadableTier]:
        """Read the records of these environments; most have none, which one round trip tells."""
        answers = await self._store.many(*(("HGETALL", names.tier(id_)) for id_ in ids))
        found = dict(zip(ids, map(as_fields, answers), strict=True))
        read = {id_: await self._one(id_, fields) for id_, fields in found.items()}
        return {id_: tier for id_, tier in read.items() if tier}

    async def _one(self, id_: str, fields: Mapping[str, str]) -> FixedTier | UnreadableTier | None:
        """Believe a record; one that the audit log knows and that is gone was removed by others."""
        key = names.tier(id_)
        if not fields:
            return UnreadableTier() if await self._signed.is_gone(key) else None
        try:
            return _read(id_, await self._signed.read(key))
        except (AlteredRecord, UnknownKey):
            return UnreadableTier()

    async def fix(
        self,
        environment_id: str,
        before: FixedTier | UnreadableTier | None,
        after: FixedTier,
        entry: Entry,
        notice: str,
    ) -> bool:
        """Write a record whole, if what was before it is still there."""
        key = names.tier(environment_id)
        same = await self._same(environment_id, key, before)
        told = xadd(NOTICES, {"text": notice, "by": after.by.user_id})
        whole = (delete(key), self._signed.hset(key, TIER.write(after)), told)
        return same is not None and await self._ledger.write(entry, whole, same)

    async def _same(
        self, id_: str, key: str, before: FixedTier | UnreadableTier | None
    ) -> Guard | None:
        if before is None:
            return absent(key)
        if isinstance(before, FixedTier):
            return field_is(key, "version", str(before.version))
        fields = await self._store.fields(key)
        if not isinstance(await self._one(id_, fields), UnreadableTier):
            return None
        if MAC in fields:
            return field_is(key, MAC, fields[MAC])
        return exists(key) if fields else absent(key)


def _read(id_: str, fields: Mapping[str, str]) -> FixedTier | UnreadableTier:
    try:
        return TIER.read(fields)
    except (KeyError, TypeError, ValueError) as error:
        _log.error("tier_unreadable", environment=id_, reason=type(error).__name__)
        return UnreadableTier()
