"""Verifies the audit log: with the secret keys, or with a signed checkpoint alone.

The chain's MACs prove each record to a holder of `KEYSMITH_KEYS`. A checkpoint proves the same
records to an auditor who holds a public key only: it signs a digest of all of them. Both prove a
whole log, from its first record to its head. Neither proves that the head is the newest one that
ever existed: `continues` does, given what was seen before.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.audit import ChainKey, Entry, Head, Record, canonical, chain

RECOVERY: Final = "history:recover"
"""The action of the entry of a recovery; its target has the heads that were kept and seen."""


@dataclass(frozen=True)
class Intact:
    """The log is proven from its first record to its head.

    `recovered` is when a recovery recorded that entries which were seen before are lost.
    `waiting` is the id of the newest key, where Redis and the log agree that it does not sign yet.
    """

    head: Head
    recovered: str = ""
    waiting: str = ""


@dataclass(frozen=True)
class Broken:
    """The log is broken; `seq` is the first record that fails."""

    seq: int
    reason: str


@dataclass(frozen=True)
class Empty:
    """The log has no record: it is new, or all of it is gone."""


@dataclass(frozen=True)
class Retired:
    """The log is proven, but the newest key has signed none of it: a retired key could write it."""

    head: Head
    key_id: str


@dataclass(frozen=True)
class Rewound:
    """The log is proven, but it does not continue a head that was seen before."""

    head: Head
    earlier: Head


Verdict = Intact | Broken | Empty | Retired | Rewound


def verify(records: Iterable[Record], head: Head, keys: Iterable[ChainKey]) -> Verdict:
    """Prove a whole chain; it must end at `head`, so that a missing end is found too.

    `keys` are newest first: after a newer key has signed, an older one is refused, and the head
    must be under the newest one.
    """
    known = {key.id: key for key in keys}
    ages = {key_id: age for age, key_id in enumerate(known)}
    last, age, key_id = Head(), len(ages), ""
    for record in records:
        reason = _fault(record, last, known)
        if reason:
            return Broken(last.seq + 1, reason)
        if ages[record.key_id] > age:
            return Broken(last.seq + 1, "an older key than the one before it signs it")
        last, age, key_id = Head(record.seq, record.mac), ages[record.key_id], record.key_id
    if last != head:
        return Broken(last.seq + 1, f"the chain ends at {last.seq}, its head says {head.seq}")
    if last == Head():
        return Empty()
    return Intact(last) if age == 0 else Retired(last, key_id)


def _fault(record: Record, last: Head, known: Mapping[str, ChainKey]) -> str | None:
    if record.seq != last.seq + 1:
        return f"record {last.seq + 1} is missing: the next is {record.seq}"
    key = known.get(record.key_id)
    if key is None:
        return f"no configured key has the id {record.key_id}"
    if chain(record.seq, last.mac, record.body, key) != record:
        return "the record was altered, or its neighbour was"
    return None


def continues(records: Sequence[Record], head: Head, earlier: Head) -> Rewound | None:
    """Check that proven records continue an earlier head: they hold its record, unaltered."""
    if earlier == Head():
        return None
    found = records[earlier.seq - 1] if 0 < earlier.seq <= len(records) else None
    return None if found and found.mac == earlier.mac else Rewound(head, earlier)


def recovered_at(records: Sequence[Record], earlier: Head, at: str) -> str:
    """When a recovery recorded the loss of a head that was proven before it; empty if none did."""
    proven = datetime.fromisoformat(at)
    for record in records:
        entry = Entry.read(record.body) if f'"{RECOVERY}"' in record.body else None
        if entry and entry.action == RECOVERY:
            kept, seen = (int(entry.target[each].partition(":")[0]) for each in ("kept", "seen"))
            if kept < earlier.seq <= seen and proven < entry.at:
                return entry.at.isoformat()
    return ""


def digest(records: Iterable[Record]) -> str:
    """Digest all records in order, without a secret: SHA-256 over each and the digest before it."""
    value = ""
    for each in records:
        document = [value, each.seq, each.body, each.key_id, each.mac]
        value = hashlib.sha256(canonical(document).encode()).hexdigest()
    return value


@dataclass(frozen=True)
class Checkpoint:
    """A head, the digest of all records up to it, and when it was signed (ISO 8601)."""

    head: Head
    digest: str
    at: str

    def statement(self) -> bytes:
        """Return the bytes that a signature covers; its prefix keeps other uses apart."""
        parts = {"seq": self.head.seq, "head": self.head.mac, "digest": self.digest, "at": self.at}
        return b"keysmith checkpoint 1\n" + canonical(parts).encode()
