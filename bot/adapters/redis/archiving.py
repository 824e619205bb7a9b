"""Archives the oldest entries of the audit log, and trims them, in this order.

One archive at a time: its entries are read, proven, written to a file, synced, and the file is read
back and proven. Then one step trims them, stores the base that the log goes on from, and says so in
an entry. A crash before the step leaves an archive, which the next run proves again and trims
behind; a crash after it leaves nothing to do. Of two processes, the lock lets one archive, and the
guard of the step lets one trim.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from bot.adapters.archives import Archives, read_file
from bot.adapters.checkpoints import CheckpointSigner, CheckpointVerifier
from bot.adapters.redis.base import Base, still_needed
from bot.adapters.redis.entries import read_listed, rolled_over
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.names import (
    AUDIT,
    AUDIT_BASE,
    LOG_TRIMMED,
    LOG_TRIMMED_BASE,
    MARKS,
    ROLLED_TO,
    SIGNING,
)
from bot.adapters.redis.presence import former_readers
from bot.adapters.redis.steps import absent, field_is, hset, xtrim
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record
from bot.domain.export import Export, closing_line, record_line, verify_older
from bot.domain.verification import Broken, GivenUp, Intact, Retired, verify
from bot.errors import ConfigurationError, NotArchived, why_not
from bot.flows.ports import Clock

_log = structlog.get_logger("keysmith.archives")

LOCK: Final = "audit-archive"
BATCH: Final = 10_000  # entries in one archive: about 10 MB, and a second of work
FORMER: Final = (
    "a worker of a version before 0.2.0 runs, which takes a trimmed log for a broken one: finish"
    " the upgrade first"
)
NOT_NAMED: Final = (
    f"{AUDIT_BASE} is not what the audit log names as its start, or is under a key that"
    " KEYSMITH_KEYS lacks: add that key again, or find out who writes to Keysmith's Redis"
)
ELSEWHERE: Final = (
    "{directory} lacks the archive that ends at entry {last}. Is its volume there? Copy that"
    " archive to it, or name the directory that has it; `audit archive --apart` goes on without it"
)
SIGNED_AGAIN: Final = "signed by the key that signs now"


class Archiver:
    """Archives and trims; any number of processes may."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        locks: RedisLocks,
        keys: Sequence[bytes],
        clock: Clock,
        *,
        batch: int = BATCH,
    ) -> None:
        """`keys` are newest first."""
        self._store = store
        self._ledger = ledger
        self._locks = locks
        self._keys = [ChainKey(key) for key in keys]
        self._verifier = CheckpointVerifier.of_keys(keys)
        self._clock = clock
        self._batch = batch

    async def archive(
        self, archives: Archives, before: datetime, *, apart: bool = False
    ) -> list[Path]:
        """Archive and trim the entries from before that time; returns the archives.

        `apart` where the former archives are kept in another directory.

        Raises:
            NotArchived: some entries are still in the log, and why.
            StoreError: Redis did not answer. Each entry is in the log, in an archive, or both.

        """
        await self._ledger.history.check()
        await self._ledger.signing.look()
        if await former_readers(self._store):
            raise NotArchived(FORMER)
        found = list[Path]()
        async with self._locks.hold(LOCK):
            last = (await self._base()).seq
            if last and not apart and not await asyncio.to_thread(archives.up_to, last):
                raise NotArchived(ELSEWHERE.format(directory=archives.directory, last=last))
            newest = (await self._ledger.head()).seq  # each trim is an entry, old at once or not
            while path := await self._next(archives, before, newest):
                found.append(path)
        return found

    async def oldest(self) -> datetime | None:
        """Tell when the oldest entry of the log was written; None where there is none."""
        items = await self._store.stream(AUDIT, "-", "+", 1)
        return _written_at(items[0][1]["body"]) if items else None

    async def sign_again(self) -> bool:
        """Put the base under the key that signs now, so that an older one can be retired."""
        await self._ledger.signing.look()
        base = await self._ledger.marks.base()
        if base.key_id in {"", self._ledger.keyring.signer.id}:
            return False
        fields, same = self._signed(base), field_is(AUDIT_BASE, "proof", base.proof)
        target, now = {LOG_TRIMMED_BASE: fields["proof"]}, self._clock.now()
        entry = Entry(now, AuditEvent.DONE, LOG_TRIMMED, target=target, detail=SIGNED_AGAIN)
        return await self._ledger.write(entry, (hset(AUDIT_BASE, fields),), same)

    def _signed(self, base: Base) -> dict[str, str]:
        return base.fields(self._ledger.keyring.signer)

    async def _base(self) -> Base:
        base = await self._ledger.marks.base()
        if not base.proof and await self._store.call("EXISTS", AUDIT_BASE):
            raise NotArchived(NOT_NAMED)
        return base

    async def _next(self, archives: Archives, before: datetime, newest: int) -> Path | None:
        base = await self._base()
        path = await asyncio.to_thread(archives.at, base.seq + 1)  # of a run that was cut short
        if path is None:
            records = await self._old(base, before, newest)
            if not records:
                return None
            path = await asyncio.to_thread(self._write, archives, base, records)
        export = await asyncio.to_thread(self._proven, path, base)
        await self._trim(path, base, export)
        _log.info("audit_log_archived", file=path.name, last=export.head.seq)
        return path

    async def _old(self, base: Base, before: datetime, newest: int) -> list[Record]:
        """Read the oldest entries up to the first that is younger; the newest one stays.

        A time to come is of a wrong clock: the entries beside it tell how old it is.
        """
        found, now = list[Record](), self._clock.now()
        async for record in self._ledger.records(base.seq):
            young = record.seq >= newest or before <= _written_at(record.body) <= now
            if young or len(found) >= self._batch:
                break
            found.append(record)
        return found

    def _write(self, archives: Archives, base: Base, records: Sequence[Record]) -> Path:
        last, key = Head(records[-1].seq, records[-1].mac), self._ledger.keyring.signer
        verdict = verify(records, last, self._keys, base.start)
        if isinstance(verdict, Broken):
            raise NotArchived(f"entry {verdict.seq} is not proven: {verdict.reason}")
        if isinstance(verdict, GivenUp):  # a checkpoint would vouch for them
            first = verdict.gaps[0].first
            raise NotArchived(f"entry {first} is not proven: its key was given up as lost")
        at, signer = self._clock.now().isoformat(), CheckpointSigner(key.secret)
        closing = closing_line(records, last, at, key, signer, base.start)
        try:
            return archives.write(base.seq + 1, last.seq, [*map(record_line, records), closing])
        except OSError as error:
            raise NotArchived(f"{archives.directory} can't be written: {why_not(error)}") from error

    def _proven(self, path: Path, base: Base) -> Export:
        try:
            export = read_file(path)
        except ConfigurationError as error:
            raise NotArchived(str(error)) from error
        if isinstance(export, Broken):
            raise NotArchived(f"{path} is damaged: {export.reason}")
        verdict = verify_older(export, self._keys, self._verifier, base.start)
        if not isinstance(verdict, Intact | Retired) or not export.closing.signature:
            reason = verdict.reason if isinstance(verdict, Broken) else "it has no checkpoint"
            raise NotArchived(f"{path} is not proven: {reason}")
        if not export.closing.start.fits(base.start):
            raise NotArchived(f"{path} goes on from another log than this one")
        return export

    async def _trim(self, path: Path, base: Base, export: Export) -> None:
        last, place = export.head, f"{export.head.seq}-0"
        there = await self._store.stream(AUDIT, place, place, 1)
        if not there or there[0][1].get("mac") != last.mac:
            raise NotArchived(
                f"{path} is of another log than this one: move it to a directory of its own"
            )
        marks = await asyncio.to_thread(_marks_after, base, export.records)
        now = self._clock.now()
        kept = await still_needed(self._store, marks)
        after = Base(export.end, now.isoformat(), kept)
        fields, target = self._signed(after), {"last": str(last.seq), "head": last.mac}
        target |= {"archive": path.name, LOG_TRIMMED_BASE: fields["proof"]}
        entry = Entry(now, AuditEvent.DONE, LOG_TRIMMED, target=target, detail=after.start.digest)
        writes = (hset(AUDIT_BASE, fields), xtrim(AUDIT, last.seq + 1))
        same = field_is(AUDIT_BASE, "proof", base.proof) if base.seq else absent(AUDIT_BASE)
        if not await self._ledger.write(entry, writes, same):
            raise NotArchived(f"{AUDIT_BASE} has changed; {path} is kept, and nothing was trimmed")


def _marks_after(base: Base, records: Iterable[Record]) -> dict[str, str]:
    marks = dict(base.marks)
    for record in records:
        if f'"{MARKS}":' in record.body:
            marks |= read_listed(json.loads(record.body)["target"].get(MARKS, ""))
        if f'"{ROLLED_TO}":' in record.body and (rolled := rolled_over(record.body)):
            marks[SIGNING] = str(rolled)
    return marks


def _written_at(body: str) -> datetime:
    return datetime.fromisoformat(json.loads(body)["at"])
