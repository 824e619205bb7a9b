"""Hashes that Keysmith alone can write: signed when written, checked when read.

    fields = await signed.read(key)                       # {} where there is none
    write = signed.hset(key, fields)                      # a whole record, new or in place
    write, same = await signed.change(key, state="done")  # some fields of one, and its guard

A record that is not believed is refused, reported to the security channel, and left in place. One
under a key that this process lacks is not forged for all it knows: it raises `Unread`, which is a
`StoreError`, so that whatever needs the record happens later, or in another process.
"""

import contextlib
import time
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import structlog

from bot.adapters.redis.entries import DELETED
from bot.adapters.redis.glance import Glance
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.macs import BESIDE, Macs, kind_of
from bot.adapters.redis.marks import Marks
from bot.adapters.redis.names import KINDS, LOG_CUT, LOG_CUT_FIRST, MAC, NOTICES
from bot.adapters.redis.steps import Guard, Step, Write, absent, exists, field_is, hset, xadd
from bot.adapters.redis.store import Store, as_fields
from bot.adapters.redis.unread import UnreadReports
from bot.domain.audit import AuditEvent, Entry
from bot.errors import AlteredRecord, Halted, KeyMissing, StoreError, UnknownKey, Unread

_log = structlog.get_logger("keysmith.records")

MANY: Final = 500  # records in one round trip
LOOKS: Final = 5  # at a record that others change meanwhile
QUIET: Final = 600.0  # seconds without another report about the same kind of record
COUNTS: Final = "it counts as used up until a new one takes its place"
THEN: Final = {"requests-waiting": COUNTS, "budget": COUNTS}
"""What happens to a refused record, where it is not just left."""
LEFT: Final = "it is left in Redis as it is"
CUT_TOLD: Final = (
    "The audit log proves nothing before entry {first}: its start was removed, and not by Keysmith,"
    " or is under a key that KEYSMITH_KEYS lacks; then add that key again. Records that only the"
    " entries before it name are not believed. Environments without a fixed tier count as"
    " production until /cld env tier, and missing counts of requests as used up."
    " Compare the log with the last export, and find out who writes to Keysmith's Redis."
)
LOGGED: Final = 10_000  # records that can't be read and are logged once
SHOWN: Final = 60  # characters of an id in a report

T = TypeVar("T")


def leave_out(error: Unread) -> None:
    """Leave one of many out that can't be read, so that the others are.

    A process that can store nothing raises all the same.
    """
    if isinstance(error, KeyMissing):
        raise error
    if not isinstance(error, UnknownKey):  # of which the log has a line
        _log.error("record_unread", reason=str(error))


async def one_of_many(reading: Awaitable[T]) -> T | None:
    """Read one of many; None where it can't be read, so that the others are."""
    try:
        return await reading
    except Unread as error:
        leave_out(error)
        return None


class Signed:
    """The signed records of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, macs: Macs, marks: Marks) -> None:
        self.store = store
        self._ledger = ledger
        self.macs = macs
        self.marks = marks
        self.unread = UnreadReports(store, ledger)
        self._reported = dict[str, float]()
        self._unreadable = set[str]()

    async def read(self, key: str, *, marked: bool = True) -> dict[str, str]:
        """Read a record; `marked` is False for one that no audit entry names.

        The record is read before the log: one that changes in between looks older than the log
        knows, so it is read once more. One that stays as it was is an older one.

        Raises:
            AlteredRecord: Keysmith did not write it, or has written another one since.
            UnknownKey: this process lacks its key.
            KeyMissing: this process lacks the key that signs now.
            StoreError: Redis did not answer, or the audit log is broken.

        """
        found, seen = await self._glance(key)
        for _ in range(LOOKS):
            if not found:
                return {}
            if key_id := self.macs.unknown(found.get(MAC, "")):
                raise await self.unread_under(key, key_id)
            if not self.macs.holds(key, found):
                raise await self.refused(key, "Keysmith did not write it")
            if not marked or found[MAC] == await self.marks.newest(key, seen):
                return found
            before, (found, seen) = found, await self._glance(key)
            if before == found and found[MAC] != await self.marks.newest(key, seen):
                raise await self.refused(
                    key, "the audit log knows a newer one, or does not know it"
                )
        raise StoreError("the record keeps changing")

    async def _glance(self, key: str) -> tuple[dict[str, str], Glance]:
        (answer,), seen = await self.marks.glance(("HGETALL", key))
        return as_fields(answer), seen

    async def read_all(
        self, keys: Sequence[str], *beside: tuple[str, ...]
    ) -> tuple[list[dict[str, str]], list[object]]:
        """Read several records in one round trip, and what commands beside them answer.

        Raises as `read`.
        """
        commands = (*(("HGETALL", key) for key in keys), *beside)
        answers, seen = await self.marks.glance(*commands)
        records = [as_fields(each) for each in answers[: len(keys)]]
        newest = await self.marks.newest_of(keys, seen)
        for place, (key, found) in enumerate(zip(keys, records, strict=True)):
            sure = found.get(MAC) == newest.get(key) and self.macs.holds(key, found)
            if found and not sure:  # then look again, or report it
                records[place] = await self.read(key)
        return records, answers[len(keys) :]

    async def find(self, key: str, *, marked: bool = True) -> dict[str, str]:
        """Read a record as `read` does; one that is refused looks like none."""
        try:
            return await self.read(key, marked=marked)
        except AlteredRecord:
            return {}

    async def find_one_of_many(self, key: str) -> dict[str, str]:
        """Read a record as `find` does; one under an unknown key looks like none."""
        return await one_of_many(self.find(key)) or {}

    async def find_many(self, keys: Sequence[str]) -> dict[str, dict[str, str]]:
        """Read many as `find_one_of_many` does, some hundred in a round trip; none without one."""
        every = dict[str, dict[str, str]]()
        for start in range(0, len(keys), MANY):
            part = keys[start : start + MANY]
            answers, seen = await self.marks.glance(*(("HGETALL", key) for key in part))
            newest = await self.marks.newest_of(part, seen)
            for key, found in zip(part, map(as_fields, answers), strict=True):
                sure = found.get(MAC) == newest.get(key) and self.macs.holds(key, found)
                if found and not sure:  # then look again, or report it
                    found = await self.find_one_of_many(key)  # noqa: PLW2901
                every |= {key: found} if found else {}
        return every

    async def read_lasting(self, key: str) -> dict[str, str]:
        """Read a record that only an audited step removes. Raises as `read`, and where it is gone.

        It is looked at twice: another process may have written or removed it in between.
        """
        for _ in range(2):
            found = await self.read(key)
            if found or await self.marks.newest(key) in {None, DELETED}:
                return found
        raise await self.refused(key, "it was removed")

    async def is_gone(self, key: str) -> bool:
        """Whether a record that was not found was removed, and not written in the meantime."""
        return await self.marks.missing(key) and not await self.store.fields(key)

    def hset(self, key: str, fields: Mapping[str, str]) -> Write:
        """Write a whole record."""
        return hset(key, {**fields, MAC: self.macs.of(key, fields)})

    async def change(self, key: str, **changes: str) -> tuple[Write, Guard]:
        """Change fields of a record: the write, and the guard that it is still as it was read.

        The guard of a record that does not exist never holds. Raises as `read`.
        """
        return self.changed(key, await self.read(key), **changes)

    def changed(self, key: str, found: Mapping[str, str], **changes: str) -> tuple[Write, Guard]:
        """Change fields of a record that was read, as `change` does."""
        same = field_is(key, MAC, found.get(MAC, ""))
        return hset(key, self.after(key, found, **changes)), same

    def after(self, key: str, found: Mapping[str, str], **changes: str) -> dict[str, str]:
        """Give the whole record as a change of what was read writes it."""
        kept = {name: value for name, value in found.items() if name not in BESIDE} | changes
        return kept | {MAC: self.macs.of(key, kept)}

    async def as_it_is(self, key: str) -> Guard:
        """Require that a record, believed or not, is still what is stored now."""
        fields = await self.store.fields(key)
        if MAC in fields:
            return field_is(key, MAC, fields[MAC])
        return exists(key) if fields else absent(key)

    async def refused(self, key: str, reason: str) -> AlteredRecord:
        """Report a record that is not believed; returns the error to raise."""
        _log.error("record_refused", record=key, reason=reason)
        kind, now = kind_of(key), time.monotonic()
        if now - self._reported.get(kind, -QUIET) >= QUIET:
            self._reported[kind] = now
            with contextlib.suppress(Halted):  # then security is told of more than this
                await self._report(key, kind, reason)
        return AlteredRecord(f"a stored {KINDS.get(kind, 'record')} is not believed: {reason}")

    async def unread_under(self, key: str, key_id: str) -> UnknownKey:
        """Report a record under a key that this process lacks; returns the error to raise."""
        what = f"it is under a key that this process lacks: {key_id}"
        if key not in self._unreadable:
            if len(self._unreadable) >= LOGGED:  # then they are logged again
                self._unreadable.clear()
            self._unreadable.add(key)
            _log.error("record_unread", record=key, reason=what)
        kind = KINDS.get(kind_of(key), "record")
        with contextlib.suppress(StoreError):  # the next look reports it
            await self.unread.tell(kind, key_id, what)
        unknown = UnknownKey(f"a stored {kind} can't be read: {what}")
        unknown.lacks = key_id
        return unknown

    async def report_cut(self, at: datetime) -> None:
        """Tell the security channel, once, that the start of the audit log was removed.

        Raises:
            StoreError: Redis did not answer, or the audit log is broken.

        """
        first = await self.marks.cut()
        if first:
            target = {LOG_CUT_FIRST: str(first)}
            entry = Entry(
                at, AuditEvent.REFUSED, LOG_CUT, target=target, detail="the start is gone"
            )
            notice = {"text": CUT_TOLD.format(first=first), "by": ""}
            # Twice: where no entry was left, nothing proves the first one.
            await self._ledger.commit(Step((entry, entry), (xadd(NOTICES, notice),)))

    async def _report(self, key: str, kind: str, reason: str) -> None:
        shown, what = key.partition(":")[2][:SHOWN], KINDS.get(kind, "record")
        text = (
            f"A stored {what} is not believed: {reason}. Nothing was done with it, and "
            f"{THEN.get(kind, LEFT)}: {shown}."
            " A person or a program may be writing to Keysmith's Redis."
        )
        entry = Entry(
            datetime.now(UTC), AuditEvent.REFUSED, "record", target={"record": key}, detail=reason
        )
        await self._ledger.write(entry, (xadd(NOTICES, {"text": text, "by": ""}),))
