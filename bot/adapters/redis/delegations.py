"""Delegations in Redis: one delegate for each person, until a time that the reader compares."""

from datetime import UTC, datetime

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import DELEGATES
from bot.adapters.redis.steps import hdel, hset
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.people import Actor


class RedisDelegations:
    """The delegations of every process that shares this Redis; a handful at any time."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def delegate(self, by: Actor, to: Actor | None, until: datetime, entry: Entry) -> None:
        """Set a person's delegate, or end the delegation; the last call counts."""
        kept = hset(DELEGATES, {str(by): f"{to} {until.timestamp()}"})
        await self._ledger.write(entry, (kept if to else hdel(DELEGATES, str(by)),))

    async def delegators(self, to: Actor, now: datetime) -> list[Actor]:
        """List the people on whose behalf this one may decide now."""
        found = await self._store.fields(DELEGATES)
        return [Actor.parse(by) for by, kept in found.items() if _active(kept, to, now)]


def _active(kept: str, to: Actor, now: datetime) -> bool:
    delegate, _, until = kept.rpartition(" ")
    return Actor.parse(delegate) == to and now < datetime.fromtimestamp(float(until), UTC)
