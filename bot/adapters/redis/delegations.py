"""Delegations in Redis: one delegate for each person, until a time that the reader compares.

A record for each person, signed; it expires with its delegation. The index only points at them.
"""

from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import DELEGATIONS, MAC, NOTICES
from bot.adapters.redis.records import FLAG, PLAIN, TIME, Form, Record
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import absent, expire, field_is, xadd, zadd, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.delegations import Delegation
from bot.domain.people import Actor

KEPT_FOR: Final = 86_400  # seconds at least, so that a command that comes late finds a newer one

DELEGATION: Final = Record(
    Delegation,
    Form(lambda to: str(to) if to else "", lambda to: Actor.parse(to) if to else None)("to"),
    TIME("until", "at"),
    Form(
        lambda at: at.isoformat() if at else "",
        lambda at: datetime.fromisoformat(at) if at else None,
    )("full_at"),
    FLAG("key_role"),
    PLAIN("name", "job", "mailbox", "to_mailbox", by_cloudinary="by_id", to_cloudinary="to_id"),
)


class RedisDelegations:
    """The delegations of every process that shares this Redis; a handful at any time."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def find(self, by: Actor) -> Delegation | None:
        """Read a person's record, whether it counts still or not."""
        found = await self._signed.find_one_of_many(names.delegation(by))
        return DELEGATION.read(found, by=by) if found else None

    async def replace(
        self, before: Delegation | None, after: Delegation, entry: Entry, notice: str
    ) -> bool:
        """Write a record whole, if the one before it is still there.

        An end is written, not deleted: the audit log then knows that it is the newest record.
        """
        key, who = names.delegation(after.by), str(after.by)
        there = await self._store.fields(key)
        if await self.find(after.by) != before:
            return False
        left = int((after.until - entry.at).total_seconds())
        asker = (entry.actor or after.by).user_id  # an offboarding is not asked for by its subject
        listed = zadd(DELEGATIONS, after.until.timestamp(), who)
        writes = (
            self._signed.hset(key, DELEGATION.write(after)),
            expire(key, max(left, KEPT_FOR)),
            listed if after.to else zrem(DELEGATIONS, who),
            *([xadd(NOTICES, {"text": notice, "by": asker})] if notice else ()),
        )
        same = field_is(key, MAC, there.get(MAC, "")) if there else absent(key)
        return await self._ledger.write(entry, writes, same)

    async def current(self, now: datetime) -> list[Delegation]:
        """List the delegations by which anyone may decide now."""
        after = f"({now.timestamp()}"
        listed = await self._store.texts("ZRANGEBYSCORE", DELEGATIONS, after, "+inf")
        found = [await self.find(Actor.parse(each)) for each in listed]
        return [each for each in found if each and each.delegate(now)]
