"""Notices that Redis went back to an earlier state: a restored dump, a failover, a FLUSHALL.

Each process remembers the newest head of the audit log that it saw, and the epoch of that Redis. A
log that continues what was seen has that record still, under the same epoch.

An epoch is a random name with a number. The first entry creates number 1, each recovery a higher
one: its time. Only a recovery raises the number, and a proof under `KEYSMITH_KEYS` shows it: under
a key that is no older than that of the newest entry, so that no holder of a retired key begins one.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from bot.domain.audit import ChainKey, Head, canonical


@dataclass(frozen=True)
class Epoch:
    """One line of history; number 0 where Redis has none, as before its first entry."""

    number: int = 0
    name: str = ""
    proof: str = field(default="", compare=False)  # `keys rotate` proves it under the newest key

    @classmethod
    def new(cls, number: int, key: ChainKey) -> Self:
        """Create an epoch."""
        return cls(number, secrets.token_hex(8)).under(key)

    def under(self, key: ChainKey) -> Self:
        """Prove it under this key."""
        return replace(self, proof=key.mac("epoch", str(self.number), self.name))

    def __str__(self) -> str:
        return f"{self.number}:{self.name}:{self.proof}" if self.name else ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of `str()`; any other text is an epoch that no process has seen."""
        number, _, rest = text.partition(":")
        name, _, proof = rest.partition(":")
        known = number.isascii() and number.isdigit() and name
        return cls(int(number), name, proof) if known else cls(0, text)

    def proven(self, keys: Iterable[ChainKey]) -> bool:
        """Whether a holder of one of the keys created it."""
        return self.proof in {key.mac("epoch", str(self.number), self.name) for key in keys}


@dataclass(frozen=True)
class Seen:
    """What a process remembers, or finds: the end of the audit log, and the epoch."""

    head: Head = field(default_factory=Head)
    epoch: Epoch = field(default_factory=Epoch)


def went_back(seen: Seen, found: Seen, mac: str) -> str:
    """Say how history went back, or nothing; `mac` is of the record at the remembered number."""
    last = seen.head.seq
    if last and not found.head.seq:
        return f"Redis has no audit log any more, and entry {last} was seen"
    if found.head.seq < last:
        return f"the audit log ends at entry {found.head.seq}, and entry {last} was seen"
    if last and mac != seen.head.mac:
        return f"entry {last} of the audit log is another one than the one that was seen"
    first = not seen.epoch.name and found.epoch.number == 1
    if found.epoch != seen.epoch and not first:
        return "Redis holds another history: its epoch is not the one that was seen"
    return ""


def is_recovery(seen: Seen, found: Seen, keys: Iterable[ChainKey]) -> bool:
    """Whether what was found is a history that an operator recovered after what was seen."""
    return found.epoch.number > max(1, seen.epoch.number) and found.epoch.proven(keys)


@dataclass(frozen=True)
class Halt:
    """Why no change begins, and the newest head that a process saw before."""

    reason: str
    seen: Seen
    at: datetime

    def __str__(self) -> str:
        head, epoch = self.seen.head, str(self.seen.epoch)
        place = {"seq": head.seq, "mac": head.mac, "epoch": epoch}
        return canonical({"reason": self.reason, "at": self.at.isoformat()} | place)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of `str()`. Raises `ValueError`, `KeyError` or `TypeError`."""
        found = json.loads(text)
        seen = Seen(Head(int(found["seq"]), str(found["mac"])), Epoch.parse(str(found["epoch"])))
        return cls(str(found["reason"]), seen, datetime.fromisoformat(found["at"]))
