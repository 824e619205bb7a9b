"""Which record is the newest one: the audit log names the MAC of each record that a step writes.

An older record has a MAC of Keysmith's own too, and Redis can be made to hold it again. The audit
log tells them apart, since an entry and the records of its step are written together or not at all.

`Marks` follows the chain: it reads each entry once, proves it, and keeps the newest MAC by key. A
look costs one call, which answers the entries since the last look. A chain that was set back, or
that lost its last writes, is read again from its start; a record that it knew otherwise before is
refused until it is written again, or history is recovered. A broken chain stops every effect.
A chain that ends under a key which this process lacks stops every effect of this process: it can't
know what is newest. The first entry of a chain whose start is gone proves nothing: records that
only it and those before it named are refused. Such a chain was cut: no process of Keysmith removes
an entry. What is absent may then have been removed too. Any other entry under a key that is not
configured cuts the chain likewise, unless `keys rotate --lost` gave that key up: with another key's
id in an entry, a person can hide that it named a newer record. What a retired key signed after a
rotation names nothing.
"""

import asyncio
import json
from dataclasses import replace
from typing import Final
from urllib.parse import quote, unquote

import structlog

from bot.adapters.keyring import Generation, Keyring
from bot.adapters.redis import names
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.names import (
    AUDIT,
    AUDIT_HEAD,
    KINDS,
    LOG_CUT,
    LOG_CUT_FIRST,
    MAC,
    MARKS,
    PREFIX,
    ROLLED_LOST,
    ROLLED_OVER,
    ROLLED_TO,
)
from bot.adapters.redis.steps import Step
from bot.adapters.redis.store import Store, StreamItem
from bot.domain.audit import ChainKey, Head, chain
from bot.errors import KeyMissing, StoreError

_log = structlog.get_logger("keysmith.records")

PAGE: Final = 500  # entries read at a time
MOST_JOBS: Final = 200_000  # newest jobs whose MACs are kept in memory: about 40 MB
DELETED: Final = "-"  # no record has this MAC
SET_BACK: Final = "set back"  # nor this one
JOB_KIND: Final = kind_of(names.job(""))


def marked(step: Step) -> Step:
    """Name the MACs of the records that a step writes, or deletes, in its first entry."""
    found = {write[1]: mac for write in step.writes if (mac := _mac_in(write))}
    if not found:
        return step
    first, *rest = step.entries
    listed = " ".join(f"{quote(key.removeprefix(PREFIX))}={mac}" for key, mac in found.items())
    first = replace(first, target={**first.target, MARKS: listed})
    return replace(step, entries=(first, *rest))


def _mac_in(write: tuple[str, ...]) -> str:
    command, key, *fields = write
    if command == "DEL" and kind_of(key) in KINDS:
        return DELETED
    return (
        dict(zip(fields[::2], fields[1::2], strict=True)).get(MAC, "") if command == "HSET" else ""
    )


class Marks:
    """The newest MAC of each record, as far as the audit log knows; one for each process."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keys = keyring.chain
        self._turn = asyncio.Lock()
        self._last = Head()
        self._newest = dict[str, str]()
        self._jobs = dict[str, str]()
        self._first = 1  # number of the first entry that is there
        self._unproven = 0  # number of the last entry whose key is not known, nor given up
        self._told = 0  # the number behind what was cut, as an entry told it last
        self._signer = ""  # id of the newest entry's key
        self._rolled: Generation | None = None  # as the last proven entry about it says

    async def newest(self, key: str) -> str | None:
        """Return the MAC of the newest record under that key; None where no entry names one.

        Raises:
            KeyMissing: this process lacks the key that signs the newest entry.
            StoreError: Redis did not answer, or the chain is broken.

        """
        async with self._turn:
            await self._follow()
        if self._signer and self._signer not in self._keys:
            raise KeyMissing.of(self._signer)
        return self._of(key).get(key)

    async def signer(self) -> tuple[str, Generation | None]:
        """Return the id of the key that signs the newest entry, and the last proven rollover.

        Raises:
            StoreError: Redis did not answer, or the chain is broken.

        """
        async with self._turn:
            await self._follow()
        return self._signer, self._rolled

    async def missing(self, key: str) -> bool:
        """Whether a record that is not there was removed: the log names it, or was cut.

        Raises as `newest`.
        """
        return await self.newest(key) is not None or self._starts > 1

    async def cut(self) -> int:
        """Return the number of a cut chain's first entry; 0 for a whole one, or one that was told.

        Raises as `newest`.
        """
        async with self._turn:
            await self._follow()
        return self._starts if self._starts not in {1, self._told} else 0

    def forget(self) -> None:
        """Read the chain from its start again: an operator has recovered what history lost."""
        self._last, self._newest, self._jobs, self._told = Head(), {}, {}, 0
        self._signer, self._rolled, self._unproven = "", None, 0

    @property
    def _starts(self) -> int:
        """The number of the first entry behind what was cut off, or is under an unknown key."""
        return max(self._first, self._unproven + 1)

    def _of(self, key: str) -> dict[str, str]:
        return self._jobs if kind_of(key) == JOB_KIND else self._newest

    async def _follow(self) -> None:
        """Read the entries since the last look; the last known one must still be there."""
        start, known = f"{self._last.seq}-0", self._last
        head = "" if known.seq else await self._store.text("GET", AUDIT_HEAD)
        items = await self._store.stream(AUDIT, start if known.seq else "-", "+", PAGE)
        if known.seq and (not items or items[0][1].get("mac") != known.mac):
            _log.error("audit_log_set_back", seen=known.seq)
            return await self._start_again()
        if not known.seq:
            gone = int((head or "0").partition(":")[0])  # entries before, where none is left
            self._first = int(items[0][0].partition("-")[0]) if items else gone + 1
            if self._first > 1:
                _log.error("audit_log_cut", first=self._first)
        new = items[1:] if known.seq else items
        while new:
            for item in new:
                self._read(item)
            new = await self._store.stream(AUDIT, f"({self._last.seq}-0", "+", PAGE)
        return None

    async def _start_again(self) -> None:
        """Read the chain from its start; what it lost is believed only when it is written again."""
        former = self._newest | self._jobs
        self.forget()
        try:
            await self._follow()
        except StoreError:
            self._newest = former  # the next look starts again, and compares with them
            raise
        for key, mac in former.items():
            if self._of(key).get(key) != mac:
                self._of(key)[key] = SET_BACK

    def _read(self, item: StreamItem) -> None:
        """Read one entry, which must follow the last one."""
        place, fields = item
        seq, mac, body = int(place.partition("-")[0]), fields.get("mac", ""), fields.get("body", "")
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
            self._newest, self._jobs, self._unproven = {}, {}, seq
        elif self._retired(key):
            _log.error("audit_entry_of_retired_key", entry=seq, key=key.id)
            return
        if proven and f'"{ROLLED_TO}":' in body:
            self._rolled = _rolled(body) or self._rolled
            if before in _given_up(body):
                self._unproven = 0
        if proven and f'"{MARKS}":' in body:
            self._keep(json.loads(body)["target"].get(MARKS, ""))
        if proven and f'"{LOG_CUT}"' in body and (told := json.loads(body))["action"] == LOG_CUT:
            self._told = int(told["target"][LOG_CUT_FIRST])

    def _retired(self, key: ChainKey) -> bool:
        """Whether `keys rotate` has put a newer key in its place."""
        signs, ids = self._rolled.key_id if self._rolled else "", list(self._keys)
        return signs in self._keys and ids.index(key.id) > ids.index(signs)

    def _keep(self, listed: str) -> None:
        for each in listed.split():
            quoted, _, mac = each.rpartition("=")
            key = PREFIX + unquote(quoted)
            kept = self._of(key)
            kept.pop(key, None)  # so that the newest stand last
            kept[key] = mac
        while len(self._jobs) > MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]


def _given_up(body: str) -> list[str]:
    return str(json.loads(body)["target"].get(ROLLED_LOST, "")).split()


def _rolled(body: str) -> Generation | None:
    entry = json.loads(body)
    return Generation.parse(entry["target"][ROLLED_TO]) if entry["action"] == ROLLED_OVER else None
