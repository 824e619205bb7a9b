"""Bulk acts in Redis: one signed record each, with its JSON document and its version."""

import json
from collections.abc import Sequence
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.records import ACTOR, NOT_READ, PLAIN, TIME, Form, Record
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Write, absent, expire, field_is
from bot.domain.audit import Entry
from bot.domain.bulk import KEPT, Bulk, LeftOut, OutReason, Part, PartState
from bot.domain.requests.notifications import Notification, Topic, redraw
from bot.errors import Unread

KEPT_FOR: Final = KEPT * 86_400
_json: Final = json.JSONEncoder(separators=(",", ":")).encode
PART: Final = Record(
    Part,
    PLAIN("command", "name", "where", "seen"),
    Form(str, PartState)("state"),
    PLAIN("outcome", "owner"),
    Form(int, int)("tries"),
    required="state",
)
OUT: Final = Record(LeftOut, PLAIN("name", "where"), Form(str, OutReason)("reason"))
BULK: Final = Record(
    Bulk,
    PLAIN("id"),
    ACTOR("actor"),
    PLAIN("command"),
    TIME("at"),
    Form(lambda it: [*map(PART.write, it)], lambda found: tuple(map(PART.read, found)))("parts"),
    Form(lambda it: [*map(OUT.write, it)], lambda found: tuple(map(OUT.read, found)))("left_out"),
    PLAIN("run", "halted", "over"),
    Form(int, int)("more", "version", "told"),
    required="version",
)


class RedisBulks:
    """The bulk acts of every process that shares this Redis."""

    def __init__(self, ledger: Ledger, signed: Signed) -> None:
        self._ledger = ledger
        self._signed = signed

    async def add(self, bulk: Bulk, entry: Entry) -> bool:
        """Store a new one, once."""
        return await self._ledger.write(entry, self._writes(bulk), absent(names.bulk(bulk.id)))

    async def load(self, bulk_id: str) -> Bulk | None:
        """Read one as it was written. Raises `Unread` for what another version wrote."""
        found = await self._signed.find(names.bulk(bulk_id))
        if not found:
            return None
        try:
            return BULK.read(json.loads(found["doc"]))
        except NOT_READ as error:
            raise Unread(f"the bulk act can't be read: {error!r}") from error

    async def replace(
        self,
        before: Bulk,
        after: Bulk,
        entry: Entry,
        *,
        told: bool,
        also: Sequence[Notification] = (),
    ) -> bool:
        """Write it whole, if its version is still the one before."""
        same = field_is(names.bulk(before.id), "version", str(before.version))
        message = redraw(after.id, Topic.PROGRESS, after.actor.user_id)
        messages = (*([message] if told else ()), *also)
        writes = (*self._writes(after), *map(queued, messages))
        return await self._ledger.write(entry, writes, same)

    def _writes(self, bulk: Bulk) -> tuple[Write, ...]:
        key, document = names.bulk(bulk.id), _json(BULK.write(bulk))
        record = {"doc": document, "version": str(bulk.version)}
        return self._signed.hset(key, record), expire(key, KEPT_FOR)
