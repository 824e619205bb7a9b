"""Which record is the newest one: the audit log names the MAC of each record that a step writes.

An older record has a MAC of Keysmith's own too, and Redis can be made to hold it again. The audit
log tells them apart, since an entry and the records of its step are written together or not at all.

`Marks` follows the chain: it reads each entry once, proves it, and keeps the newest MAC by key. A
look costs one call, which answers the entries since the last look, or none (`glance`). A chain that
was set back, or that lost its last writes, is read again from its start; a record that it knew
otherwise before is refused until it is written again, or history is recovered. A broken chain stops
every effect. A chain that ends under a key which this process lacks stops every effect of this
process: it can't know what is newest. The first entry of a chain whose start is gone proves
nothing: records that only it and those before it named are refused. Such a chain was cut: Keysmith
removes entries only behind a base (`bot.adapters.redis.base`), from which the reading goes on.
Which base is the log's own, its newest entry of a trim says, which is read last: a base that it
does not name is none, and the log is read once more without it. What is absent in a cut one may
have been removed too. Any other entry under a key that is not configured cuts the chain likewise,
unless `keys rotate --lost` gave that key up: another key's id in an entry can hide that it named a
newer record. What a retired key signed after a rotation names nothing, nor does a log from before
one that was seen.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Final

import structlog

from bot.adapters.keyring import Generation, Keyring
from bot.adapters.redis.base import Base, read_base
from bot.adapters.redis.entries import given_up, named_base, read_listed, rolled_over
from bot.adapters.redis.glance import PAGE, Glance, number, read_beside
from bot.adapters.redis.names import (
    AUDIT,
    AUDIT_HEAD,
    LOG_CUT,
    LOG_CUT_FIRST,
    MARKS,
    ROLLED_TO,
    SIGNING,
)
from bot.adapters.redis.newest import Newest
from bot.adapters.redis.store import Store, StreamItem
from bot.domain.audit import ChainKey, Head, chain
from bot.errors import KeyMissing, StoreError

_log = structlog.get_logger("keysmith.records")

LOOKS: Final = 3  # at a base that changes meanwhile


class Marks:
    """The newest MAC of each record, as far as the audit log knows; one for each process."""

    def __init__(self, store: Store, keyring: Keyring, page: int = PAGE) -> None:
        self._store, self._page = store, page
        self._keys = keyring.chain
        self._turn = asyncio.Lock()
        self._begun = 0  # number of the look that began last
        self._looked = 0  # number of the last one that succeeded
        self._forgotten = False
        self._first = 1  # number of the first entry that is there
        self._trimmed = 0  # number of the last entry before the base that it began with
        self._stored = ""  # proof of the base that Redis had as the reading began
        self._clear()

    async def newest(self, key: str, seen: Glance | None = None) -> str | None:
        """Return the MAC of the newest record under that key; None where no entry names one.

        `seen` is what was read of the log behind the record; without it, the log is read now.

        Raises:
            KeyMissing: this process lacks the key that signs the newest entry.
            StoreError: Redis did not answer, or the chain is broken.

        """
        return (await self.newest_of([key], seen)).get(key)

    async def newest_of(self, keys: Sequence[str], seen: Glance | None = None) -> dict[str, str]:
        """Return those of many, of which an entry names one. Raises as `newest`."""
        await self._look(seen)
        if self._signer and self._signer not in self._keys:
            raise KeyMissing.of(self._signer)
        return {key: mac for key in keys if (mac := self._newest.of(key)) is not None}

    async def glance(self, *commands: tuple[str, ...]) -> tuple[list[object], Glance]:
        """Send commands, and read what is new in the log behind them, in one round trip.

        May raise `StoreError`: Redis did not answer.
        """
        return await read_beside(self._store, self._reading, self._last, commands)

    async def signer(self) -> tuple[str, Generation | None]:
        """Return the id of the key that signs the newest entry, and the last proven rollover.

        May raise `StoreError`: Redis did not answer, or the chain is broken.
        """
        await self._look()
        return self._signer, self._rolled

    async def base(self) -> Base:
        """Read what the log goes on from; nothing where the log names another base than Redis has.

        Raises as `signer`.
        """
        for _ in range(LOOKS):
            base = await self._base()
            await self._look()
            if base.proof == self._named:
                return base
        return Base()

    async def named(self) -> dict[str, str]:
        """Copy what is newest of all records but jobs: a MAC, or `DELETED`. Raises as `signer`."""
        await self.signer()
        return dict(self._newest.records)

    async def missing(self, key: str) -> bool:
        """Whether a record that is not there was removed, or may have been. Raises as `newest`."""
        return await self.newest(key) is not None or self._starts > 1

    async def cut(self) -> int:
        """Return the first number of a cut chain; 0 if whole, or told. Raises as `newest`."""
        await self.signer()
        return self._starts if self._starts not in {1, self._told} else 0

    def forget(self) -> None:
        """Read the chain from its start with the next look: history was recovered."""
        self._forgotten = True

    def _clear(self) -> None:
        self._reading = object()
        self._last = Head()
        self._newest = Newest()
        self._unproven = 0  # number of the last entry whose key is not known, nor given up
        self._told = 0  # the number behind what was cut, as an entry told it last
        self._signer = ""  # id of the newest entry's key
        self._rolled: Generation | None = None  # as the last proven entry about it says
        self._began = ""  # proof of the base that the reading began with, until it is confirmed
        self._named = ""  # proof of the base that the newest entry of a trim names
        self._age = len(self._keys)  # place of the newest key that signed an entry

    @property
    def _starts(self) -> int:
        """The number of the first entry behind what was cut off, or is under an unknown key."""
        return max(self._first, self._unproven + 1)

    async def _look(self, seen: Glance | None = None) -> None:
        """Follow the log; one look answers all who asked before it began."""
        asked = self._begun
        async with self._turn:
            if self._looked > asked or (seen and await self._took_in(seen)):
                return
            self._begun += 1
            await self._follow()
            self._looked = self._begun

    async def _took_in(self, seen: Glance) -> bool:
        """Take in what was read beside records; False where it can't go on from what is known."""
        if self._forgotten or seen.reading is not self._reading or not seen.whole:
            return False
        new = [item for item in seen.new if number(item) > self._last.seq]  # others read too
        return await self._read_on(new) and self._confirmed()

    async def _follow(self) -> None:
        """Read the entries since the last look; the last known one must still be there."""
        if self._forgotten:  # here, so that a reading under way keeps its place
            self._forgotten = False
            self._clear()
        known = self._last
        if known.seq:
            items = await self._store.stream(AUDIT, f"{known.seq}-0", "+", self._page)
            there = bool(items) and items[0][1].get("mac") == known.mac
            if there and await self._read_on(items[1:]) and self._confirmed():
                return None
            if not self._began:
                return await self._start_again(known)
            self._clear()  # what was read so far may be of a forged base
        return await self._begin()

    async def _begin(self) -> None:
        """Read the whole log, or a trimmed one from the base that it names."""
        refused = ""
        while True:
            base = await self._base()
            self._stored = base.proof
            if await self._read_from(Base() if base.proof == refused else base):
                return
            refused = self._stored  # else it was trimmed in between, and has another one now
            self._clear()

    async def _read_from(self, base: Base) -> bool:
        """Read the log from a base on; whether it is the log's own, and was not trimmed since."""
        head = (await self._store.text("GET", AUDIT_HEAD) or "0").partition(":")[0]
        items = await self._store.stream(AUDIT, "-", "+", self._page)
        first = number(items[0]) if items else int(head) + 1
        if first not in {1, base.seq + 1} and (await self._base()).proof != self._stored:
            return False
        self._first, self._trimmed = first, 0
        if items and first == base.seq + 1:
            self._last, self._first, self._trimmed = base.start.head, 1, base.seq
            self._began = base.proof
            self._seen(base.start.key_id)
            self._newest.keep(base.marks.items())
            if rolled := self._newest.records.pop(SIGNING, ""):
                self._rolled = Generation.parse(rolled)
        if self._first > 1:
            _log.error("audit_log_cut", first=first)
        return await self._read_on(items) and self._confirmed()

    def _confirmed(self) -> bool:
        """Whether the log names the base that the reading began with, if it began with one."""
        if self._began == self._named:
            self._began = ""
        return not self._began

    async def _base(self) -> Base:
        return await read_base(self._store, self._keys.values())

    async def _read_on(self, new: list[StreamItem]) -> bool:
        """Read to the end; False where entries are gone that may have been trimmed meanwhile."""
        while new:
            if self._last.seq not in {0, number(new[0]) - 1}:
                base = await self._base()
                if base.seq >= self._last.seq and base.proof != self._stored:
                    return False
            for item in new:
                self._read(item)
            if len(new) < self._page - 1:  # one may be left out of a whole page
                break
            new = await self._store.stream(AUDIT, f"({self._last.seq}-0", "+", self._page)
        return True

    async def _start_again(self, known: Head) -> None:
        """Read the chain from its start; what it lost is believed only when it is written again.

        A trimmed one lost nothing: the process has not looked for very long.
        """
        former, age, kept = self._newest, self._age, dict(vars(self))
        self._clear()
        try:
            await self._begin()
            if self._signer and self._age > age:  # else a retired key could go on with it
                raise StoreError("the audit log went back to before a change of keys")  # noqa: TRY301
        except StoreError:
            vars(self).update(kept | {"_forgotten": self._forgotten})  # the next look compares
            raise
        if self._trimmed >= known.seq:
            return
        _log.error("audit_log_set_back", seen=known.seq)
        self._newest.set_back(former)

    def _read(self, item: StreamItem) -> None:
        """Read one entry, which must follow the last one."""
        seq, fields = number(item), item[1]
        mac, body = fields.get("mac", ""), fields.get("body", "")
        key = self._keys.get(fields.get("key", ""))
        if self._last.seq not in {0, seq - 1}:
            raise StoreError(f"the audit log lacks what follows {self._last.seq}")
        proven = key is not None and chain(seq, self._last.mac, body, key).mac == mac
        if key is not None and not proven and (self._last.seq or seq == 1):
            raise StoreError(f"entry {seq} of the audit log was altered")
        before, self._signer = self._signer, fields.get("key", "")
        self._last = Head(seq, mac)
        if key is None:  # it may have named any record
            if self._unproven != seq - 1:
                _log.error("audit_log_cut", first=seq + 1)
            self._newest, self._unproven = Newest(), seq
        elif self._retired(key):
            _log.error("audit_entry_of_retired_key", entry=seq, key=key.id)
            return
        if proven:
            self._learn(fields["key"], body, before)

    def _learn(self, key_id: str, body: str, before: str) -> None:
        """Keep what a proven entry tells; `before` is the key of the entry before it."""
        if f'"{ROLLED_TO}":' in body:
            self._rolled = rolled_over(body) or self._rolled
            if before in given_up(body):
                self._unproven = 0
        if self._seen(key_id) and (named := named_base(body)) is not None:
            self._named = named
        if f'"{MARKS}":' in body:
            self._newest.keep(read_listed(json.loads(body)["target"].get(MARKS, "")))
        if f'"{LOG_CUT}"' in body and (told := json.loads(body))["action"] == LOG_CUT:
            self._told = int(told["target"][LOG_CUT_FIRST])

    def _seen(self, key_id: str) -> bool:
        """Whether no newer key has signed before this one; a key that is not known says nothing."""
        ids = list(self._keys)
        age = ids.index(key_id) if key_id in ids else len(ids)
        self._age = min(age, self._age)
        return age == self._age

    def _retired(self, key: ChainKey) -> bool:
        """Whether `keys rotate` has put a newer key in its place."""
        signs, ids = self._rolled.key_id if self._rolled else "", list(self._keys)
        return signs in self._keys and ids.index(key.id) > ids.index(signs)
