"""Writes the whole audit log into a file, as `audit export` does, a stretch at a time."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TextIO

from bot.adapters.checkpoints import CheckpointSigner
from bot.adapters.redis.base import Base, read_base
from bot.adapters.redis.chain import PAGE, read_head, read_records
from bot.adapters.redis.entries import named_base
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import AUDIT_HEAD
from bot.adapters.redis.store import Store
from bot.domain.audit import ChainKey, Head, Record, canonical
from bot.domain.export import closing_of, record_line
from bot.domain.verification import (
    WHOLE,
    Empty,
    GivenUp,
    Intact,
    Retired,
    Start,
    Verdict,
    digest,
    verify,
)
from bot.errors import StoreError
from bot.flows.log_ports import Exported

TRIES = 3
"""How often a log is read that is trimmed meanwhile."""


class LogFile:
    """Writes exports; `keys` are newest first."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._keys = [ChainKey(key) for key in ledger.keyring.keys]

    async def write(self, path: Path, at: datetime) -> Exported:
        """Write every record up to the head, and the closing line; the file is there and empty.

        May raise `StoreError` or `OSError`.
        """
        for _ in range(TRIES):
            base = await read_base(self._store, self._keys)
            head = read_head(await self._store.text("GET", AUDIT_HEAD) or "")
            with path.open("w", encoding="utf-8") as out:
                read = _Reading(base, {key.id for key in self._keys}, out)
                await self._read(read, head)
            if (await read_base(self._store, self._keys)).proof == base.proof:
                return await self._closed(path, read, head, at)
        raise StoreError("the audit log is being archived")

    async def _read(self, read: "_Reading", head: Head) -> None:
        some = list[Record]()
        async for record in read_records(self._store):
            if record.seq > head.seq:
                break
            some.append(record)
            if len(some) == PAGE:
                await asyncio.to_thread(read.add, some)
                some = []
        await asyncio.to_thread(read.add, some)

    async def _closed(self, path: Path, read: "_Reading", head: Head, at: datetime) -> Exported:
        """Prove what was written, and sign it if it holds."""
        start = read.start
        found = await asyncio.to_thread(verify, _records(path), head, self._keys, start)
        verdict = await recognised(found, self._ledger, start)
        proven = read.own and isinstance(verdict, Intact | Empty)
        key = self._ledger.keyring.chain.get(read.last, self._keys[0])
        signer = CheckpointSigner(key.secret) if proven else None
        line = closing_of(read.digest, head, at.isoformat(), key, signer, start)
        with path.open("a", encoding="utf-8") as out:
            out.write(f"{line}\n")
        return Exported(path.name, read.first or start.head.seq + 1, head.seq, proven)


class _Reading:
    """What is known of the records that were written."""

    def __init__(self, base: Base, ids: set[str], out: TextIO) -> None:
        self._base, self._ids, self._out, self._named = base, ids, out, ""
        self.first, self.last, self.digest = 0, "", base.start.digest

    def add(self, records: Sequence[Record]) -> None:
        """Write a stretch."""
        self.digest = digest(records, self.digest)
        for record in records:
            self.first, self.last = self.first or record.seq, record.key_id
            named = named_base(record.body) if record.key_id in self._ids else None
            self._named = self._named if named is None else named
            self._out.write(f"{record_line(record)}\n")

    @property
    def own(self) -> bool:
        """Whether the log names the base that Redis has, and begins behind it."""
        follows = self.first in {0, self._base.seq + 1}
        return follows and self._named == self._base.proof

    @property
    def start(self) -> Start:
        """What the log goes on from."""
        return self._base.start if self.own else WHOLE


def _records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:
        for each in lines:
            found = json.loads(each)
            yield Record(found["seq"], canonical(found["entry"]), found["key"], found["mac"])


async def recognised(verdict: Verdict, ledger: Ledger, start: Start) -> Verdict:
    """Take a log for intact whose key Redis names as well, while a newer one waits."""
    rest = verdict.rest if isinstance(verdict, GivenUp) else verdict
    if not isinstance(rest, Retired):
        return verdict
    signs = await ledger.signing.named()
    if not signs or signs.key_id != rest.key_id:
        return verdict
    after = verdict.last if isinstance(verdict, GivenUp) else start.head.seq
    intact = Intact(rest.head, after=after, waiting=ledger.keyring.ids[0])
    return replace(verdict, rest=intact) if isinstance(verdict, GivenUp) else intact
