"""Bindings in Redis: one record by Slack user, and the same record by Cloudinary user.

Both are written in one step, each as a whole hash, and kept for good.
"""

import hashlib
from datetime import UTC, datetime
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
from bot.errors import AlteredRecord, UnknownKey

TOLD_FOR: Final = 30 * 86_400  # seconds until the same problem about a person is reported again

BINDING: Final = Record(
    Binding, PLAIN("slack", "by", **{BINDING_CLOUDINARY: "cloudinary_id"}), TIME("at")
)
UNREADABLE: Final = Binding("", "", datetime.min.replace(tzinfo=UTC))
"""Stands for a record that is not believed."""


class RedisBindings:
    """The bindings of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def bound(self, actor: Actor, cloudinary_id: str) -> Bound:
        """Read what is bound to either."""
        return await self._bound(names.binding(slack_name(actor)), names.binding_of(cloudinary_id))

    async def _bound(self, mine: str, theirs: str) -> Bound:
        own, holder = await self._read(mine), await self._read(theirs)
        if (own is None) is not (holder is None):  # they may have been bound in between
            own, holder = await self._read(mine), await self._read(theirs)
        readable = (own if own != UNREADABLE else None, holder if holder != UNREADABLE else None)
        return Bound(*readable, unreadable=UNREADABLE in {own, holder})

    async def _read(self, key: str) -> Binding | None:
        """Read one record; `UNREADABLE` in the place of one that is not believed, or was removed.

        The audit log knows each binding: one that is gone without an entry is no first use.
        """
        try:
            found = await self._signed.read_lasting(key)
        except (AlteredRecord, UnknownKey):
            return UNREADABLE
        return BINDING.read(found) if found else None

    async def bind(self, new: Binding, entry: Entry) -> bool:
        """Bind at first use; False where either of the two is bound already."""
        mine, theirs = names.binding(new.slack), names.binding_of(new.cloudinary_id)
        return await self._ledger.write(entry, self._both(new), absent(mine), absent(theirs))

    async def link(self, new: Binding, before: Bound, entry: Entry) -> bool:
        """Replace what both were bound to; False where that is no longer `before`."""
        mine, theirs = names.binding(new.slack), names.binding_of(new.cloudinary_id)
        own, holder = before.own, before.holder
        guards = await self._guards(mine, theirs, before)
        ended: list[Write] = [delete(mine), delete(theirs)]
        if own and own.cloudinary_id != new.cloudinary_id:
            ended += await self._end(names.binding_of(own.cloudinary_id), own)
        if holder and holder.slack != new.slack:
            ended += await self._end(names.binding(holder.slack), holder)
        writes = (*ended, *self._both(new), *_silent(new.slack))
        return guards is not None and await self._ledger.write(entry, writes, *guards)

    async def release(self, slack: str, before: Bound, entry: Entry) -> bool:
        """Delete both records of a binding; a Cloudinary user that another one holds keeps it."""
        own, holder = before.own, before.holder
        mine, theirs = names.binding(slack), names.binding_of(own.cloudinary_id if own else "")
        guards = await self._guards(mine, theirs, before)
        if guards is None or before.free:
            return False
        both = own and (holder == own or (before.unreadable and holder is None))
        ended = (delete(mine), *((delete(theirs),) if both else ()), *_silent(slack))
        return await self._ledger.write(entry, ended, *guards)

    async def _end(self, key: str, binding: Binding) -> tuple[Write, ...]:
        """Delete the other record of a binding, unless it is part of another one by now."""
        found = await self._read(key)
        return (delete(key),) if found in {binding, UNREADABLE} else ()

    async def _guards(self, mine: str, theirs: str, before: Bound) -> tuple[Guard, ...] | None:
        """Require that both records are still those of `before`; None where they are not."""
        if not before.unreadable:
            return (_unchanged(mine, before.own), _unchanged(theirs, before.holder))
        if await self._bound(mine, theirs) != before:
            return None
        return (await self._signed.as_it_is(mine), await self._signed.as_it_is(theirs))

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


def _silent(slack: str) -> tuple[Write, ...]:
    """Forget the problem that the change settles, so that the next one is told."""
    return (delete(names.identity_told(slack)),)


def _unchanged(key: str, before: Binding | None) -> Guard:
    return field_is(key, "at", before.at.isoformat()) if before else absent(key)


def _digest(problem: str) -> str:
    return hashlib.sha256(problem.encode()).hexdigest()
