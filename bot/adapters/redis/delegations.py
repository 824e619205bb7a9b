"""Delegations in Redis: one delegate for each person, until a time that the reader compares.

A record for each person, signed; it expires with its delegation. The index only points at them.
"""

from datetime import UTC, datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import DELEGATIONS
from bot.adapters.redis.records import TIME
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import expire, zadd, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.people import Actor

ENDED_KEPT_FOR: Final = 3600  # seconds for a delegation that ended, or was stored with its end past


class RedisDelegations:
    """The delegations of every process that shares this Redis; a handful at any time."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def delegate(self, by: Actor, to: Actor | None, until: datetime, entry: Entry) -> None:
        """Set a person's delegate, or end the delegation; the last call counts.

        An end is written, not deleted: the audit log then knows that it is the newest record.
        """
        key, who = names.delegation(by), str(by)
        fields = {"to": str(to) if to else "", "until": TIME.write(until)}
        left = int((until - datetime.now(UTC)).total_seconds())
        listed = zadd(DELEGATIONS, until.timestamp(), who) if to else zrem(DELEGATIONS, who)
        kept = (self._signed.hset(key, fields), expire(key, max(left, ENDED_KEPT_FOR)), listed)
        await self._ledger.write(entry, kept)

    async def delegators(self, to: Actor, now: datetime) -> list[Actor]:
        """List the people on whose behalf this one may decide now."""
        after = f"({now.timestamp()}"
        listed = await self._store.texts("ZRANGEBYSCORE", DELEGATIONS, after, "+inf")
        people = [Actor.parse(each) for each in listed]
        return [each for each in people if await self._active(each, to, now)]

    async def _active(self, by: Actor, to: Actor, now: datetime) -> bool:
        found = await self._signed.find(names.delegation(by))
        return bool(found) and Actor.parse(found["to"]) == to and now < TIME.read(found["until"])
