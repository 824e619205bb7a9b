"""Bindings in Redis: one record by Slack user, and the same record by Cloudinary user.

Both are written in one step, each as a whole hash, and kept for good.
"""

import hashlib
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import BINDING_CLOUDINARY, NOTICES
from bot.adapters.redis.records import PLAIN, TIME, Record
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import (
    Guard,
    Write,
    absent,
    delete,
    equals,
    field_is,
    set_,
    xadd,
)
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.bindings import Binding, Bound, slack_name
from bot.domain.people import Actor

TOLD_FOR: Final = 30 * 86_400  # seconds until the same problem about a person is reported again

BINDING: Final = Record(
    Binding, PLAIN("slack", "by", **{BINDING_CLOUDINARY: "cloudinary_id"}), TIME("at")
)


class RedisBindings:
    """The bindings of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def bound(self, actor: Actor, cloudinary_id: str) -> Bound:
        """Read what is bound to either."""
        own = await self._read(names.binding(slack_name(actor)))
        return Bound(own, await self._read(names.binding_of(cloudinary_id)))

    async def _read(self, key: str) -> Binding | None:
        found = await self._signed.read(key)
        return BINDING.read(found) if found else None

    async def bind(self, new: Binding, entry: Entry) -> bool:
        """Bind at first use; False where either of the two is bound already."""
        mine, theirs = names.binding(new.slack), names.binding_of(new.cloudinary_id)
        return await self._ledger.write(entry, self._both(new), absent(mine), absent(theirs))

    async def link(self, new: Binding, before: Bound, entry: Entry) -> bool:
        """Replace what both were bound to; False where that is no longer `before`."""
        mine, theirs = names.binding(new.slack), names.binding_of(new.cloudinary_id)
        own, holder = before.own, before.holder
        ended: list[Write] = []
        if own and own.cloudinary_id != new.cloudinary_id:
            ended.append(delete(names.binding_of(own.cloudinary_id)))
        if holder and holder.slack != new.slack:
            ended.append(delete(names.binding(holder.slack)))
        guards = (_unchanged(mine, own), _unchanged(theirs, holder))
        return await self._ledger.write(entry, (*ended, *self._both(new), *_silent(new)), *guards)

    async def release(self, before: Bound, entry: Entry) -> bool:
        """Delete both records of a binding; a Cloudinary user that another one holds keeps it."""
        own, holder = before.own, before.holder
        if own is None:
            return False
        mine, theirs = names.binding(own.slack), names.binding_of(own.cloudinary_id)
        ended = (delete(mine), *((delete(theirs),) if holder == own else ()), *_silent(own))
        guards = (_unchanged(mine, own), _unchanged(theirs, holder))
        return await self._ledger.write(entry, ended, *guards)

    async def report(self, actor: Actor, problem: str, notice: str, entry: Entry) -> bool:
        """Tell the security channel of a problem about a person, once; False if it was told."""
        told, digest = names.identity_told(slack_name(actor)), _digest(problem)
        last = await self._store.text("GET", told)
        if last == digest:
            return False
        by = {"text": notice, "by": actor.user_id}
        same = absent(told) if last is None else equals(told, last)
        writes = (set_(told, digest, TOLD_FOR), xadd(NOTICES, by))
        return await self._ledger.write(entry, writes, same)

    def _both(self, new: Binding) -> tuple[Write, ...]:
        fields = BINDING.write(new)
        by_slack, by_cloudinary = names.binding(new.slack), names.binding_of(new.cloudinary_id)
        return (self._signed.hset(by_slack, fields), self._signed.hset(by_cloudinary, fields))


def _silent(new: Binding) -> tuple[Write, ...]:
    """Forget the problem that the change settles, so that the next one is told."""
    return (delete(names.identity_told(new.slack)),)


def _unchanged(key: str, before: Binding | None) -> Guard:
    return field_is(key, "at", before.at.isoformat()) if before else absent(key)


def _digest(problem: str) -> str:
    return hashlib.sha256(problem.encode()).hexdigest()
