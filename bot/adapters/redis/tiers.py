"""Fixed tiers in Redis: one hash for each environment, without an end."""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES
from bot.adapters.redis.records import ACTOR, PLAIN, TIME, Form, Record
from bot.adapters.redis.steps import absent, field_is, hset, xadd
from bot.adapters.redis.store import Store, as_fields
from bot.domain.audit import Entry
from bot.domain.environments import FixedTier, Tier, UnreadableTier

TIER: Final = Record(
    FixedTier,
    Form(str, Tier)("tier"),
    ACTOR("by"),
    PLAIN("name", "job"),
    TIME("at"),
    Form(str, int)("version"),
    required="version",
)

_log: Final = structlog.get_logger()


class RedisTiers:
    """The fixed tiers of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def stored(self, ids: Sequence[str]) -> Mapping[str, FixedTier | UnreadableTier]:
        """Read the records of these environments, in one round trip."""
        answers = await self._store.many(*(("HGETALL", names.tier(id_)) for id_ in ids))
        found = zip(ids, map(as_fields, answers), strict=True)
        return {id_: _read(id_, fields) for id_, fields in found if fields}

    async def fix(
        self,
        environment_id: str,
        before: FixedTier | None,
        after: FixedTier,
        entry: Entry,
        notice: str,
    ) -> bool:
        """Write a record whole, if the version before it is still there."""
        key = names.tier(environment_id)
        same = field_is(key, "version", str(before.version)) if before else absent(key)
        told = xadd(NOTICES, {"text": notice, "by": after.by.user_id})
        return await self._ledger.write(entry, (hset(key, TIER.write(after)), told), same)


def _read(id_: str, fields: Mapping[str, str]) -> FixedTier | UnreadableTier:
    try:
        return TIER.read(fields)
    except (KeyError, TypeError, ValueError) as error:
        _log.error("tier_unreadable", environment=id_, reason=type(error).__name__)
        return UnreadableTier()
