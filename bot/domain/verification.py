"""Verifies the audit log: with the secret keys, or with a signed checkpoint alone.

The chain's MACs prove each record to a holder of `KEYSMITH_KEYS`. A checkpoint proves the same
records to an auditor who holds a public key only: it signs a digest of all of them. Both prove a
log from its start to its head. Neither proves that the head is the newest one that ever existed:
`continues` does, given what was seen before.

A log starts with its first record, or behind the last one that was archived and trimmed. Archives
and log fit together where each starts with the head and the digest at which the one before ends.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.domain.audit import ChainKey, Entry, Head, Record, canonical, chain
from bot.domain.given_up import Gap, gap_before

RECOVERY: Final = "history:recover"
"""The action of the entry of a recovery; its target has the heads that were kept and seen."""
UNKNOWN: Final = "no configured key has the id {key}"


@dataclass(frozen=True)
class Start:
    """What a log or an export goes on from; the empty one is the start of the whole log.

    `head` is the last record before it, `digest` the one of all records up to that one. `key_id`
    names the key of that record; it is empty where it is not known.
    """

    head: Head = field(default_factory=Head)
    digest: str = ""
    key_id: str = ""

    def fits(self, other: "Start") -> bool:
        """Whether both are the same place of the same log; a key that is not known may be any."""
        keys = {self.key_id, other.key_id} - {""}
        return (self.head, self.digest) == (other.head, other.digest) and len(keys) < 2  # noqa: PLR2004

    def after(self, records: Sequence[Record]) -> "Start":
        """Return what goes on behind these records, which go on from this one."""
        if not records:
            return self
        last = records[-1]
        return Start(Head(last.seq, last.mac), digest(records, self.digest), last.key_id)


WHOLE: Final = Start()
"""The start of the whole log."""


@dataclass(frozen=True)
class Seen:
    """A head that was seen before, and when it was proven (ISO 8601)."""

    head: Head
    at: str


@dataclass(frozen=True)
class Intact:
    """The log is proven from the record behind number `after` to its head.

    `recovered` is when a recovery recorded that entries which were seen before are lost.
    `waiting` is the id of the newest key, where Redis and the log agree that it does not sign yet.
    """

    head: Head
    after: int = 0
    recovered: str = ""
    waiting: str = ""


@dataclass(frozen=True)
class Broken:
    """The log is broken; `seq` is the first record that fails."""

    seq: int
    reason: str


@dataclass(frozen=True)
class OtherKey(Broken):
    """The log is not proven from `seq` on: it is under another key than those that were given.

    It may be the log of another installation, or a forged one: only the person who knows where
    the log and the keys come from can tell. `named` is the key that the log names, `given` the
    others: ids of secret keys, or public keys.
    """

    named: str
    given: tuple[str, ...]


@dataclass(frozen=True)
class Absent(Broken):
    """No archive that was read has the entries from `seq` to what comes after them."""


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


@dataclass(frozen=True)
class Archived:
    """The log is proven, but a head that was seen before is in an archive: not compared."""

    head: Head
    earlier: Head
    after: int


@dataclass(frozen=True)
class GivenUp:
    """The log holds behind entries under a key that was given up as lost: those prove nothing.

    It is no `Intact`, so that it gets no checkpoint, is not archived, and the exit code is 1: the
    body of an entry in a gap may be anyone's who wrote to Redis. `rest` is of what is behind the
    last gap, `after` what the log goes on from.
    """

    head: Head
    gaps: tuple[Gap, ...]
    rest: Intact | Retired
    after: int = 0

    @property
    def last(self) -> int:
        """The number of the last entry that can't be proven."""
        return self.gaps[-1].last

    def proven(self, records: Sequence[Record]) -> list[Record]:
        """Leave out what is not behind the last gap."""
        return [each for each in records if each.seq > self.last]


Verdict = Intact | Broken | Empty | Retired | Rewound | Archived | GivenUp


def verify(
    records: Iterable[Record], head: Head, keys: Iterable[ChainKey], start: Start = WHOLE
) -> Verdict:
    """Prove a chain behind `start`; it must end at `head`, so that a missing end is found too.

    `keys` are newest first: after a newer key has signed, also the last record before `start`, an
    older one is refused, and the head must be under the newest one. Entries under an unknown key
    are a gap if the next one, under a key newer than all before it, has given that key up
    (`bot.domain.given_up`).
    """
    known = {key.id: key for key in keys}
    ages = {key_id: age for age, key_id in enumerate(known)}
    first = last = start.head
    age, key_id = ages.get(start.key_id, len(ages)), ""
    unknown, gaps = list[Record](), list[Gap]()
    for record in records:
        reason = _fault(record, last, known)
        if record.key_id not in known and record.seq == last.seq + 1:
            unknown.append(record)
            last = Head(record.seq, record.mac)
            continue
        if unknown:
            newer = not reason and ages[record.key_id] < age
            gap = gap_before(unknown, record) if newer else None
            if gap is None:
                break
            gaps.append(gap)
            unknown = []
        if reason:
            return Broken(last.seq + 1, reason)
        if ages[record.key_id] > age:
            return Broken(last.seq + 1, "an older key than the one before it signs it")
        last, age, key_id = Head(record.seq, record.mac), ages[record.key_id], record.key_id
    if unknown:
        reason = UNKNOWN.format(key=unknown[0].key_id)
        return OtherKey(unknown[0].seq, reason, unknown[0].key_id, tuple(known))
    if last != head:
        return Broken(last.seq + 1, f"the chain ends at {last.seq}, its head says {head.seq}")
    if last == first:
        return Empty()
    behind = gaps[-1].last if gaps else first.seq
    rest = Intact(last, after=behind) if age == 0 else Retired(last, key_id)
    return GivenUp(last, tuple(gaps), rest, first.seq) if gaps else rest


def _fault(record: Record, last: Head, known: Mapping[str, ChainKey]) -> str | None:
    if record.seq != last.seq + 1:
        return f"record {last.seq + 1} is missing: the next is {record.seq}"
    key = known.get(record.key_id)
    if key is None:
        return UNKNOWN.format(key=record.key_id)
    if chain(record.seq, last.mac, record.body, key) != record:
        return "the record was altered, or its neighbour was"
    return None


def continues(
    records: Sequence[Record], head: Head, earlier: Head, start: Head | None = None
) -> Rewound | Archived | None:
    """Check that proven records continue an earlier head: they hold its record, unaltered.

    `start` is what they go on from; the record of a head before it is not among them.
    """
    before = start or Head()
    if earlier in {Head(), before}:
        return None
    place = earlier.seq - before.seq
    if 0 < earlier.seq < before.seq:
        return Archived(head, earlier, before.seq)
    found = records[place - 1] if 0 < place <= len(records) else None
    return None if found and found.mac == earlier.mac else Rewound(head, earlier)


def recovered_at(records: Sequence[Record], earlier: Seen) -> str:
    """When a recovery recorded the loss of a head that was proven before it; empty if none did."""
    for record in records:
        entry = Entry.read(record.body) if f'"{RECOVERY}"' in record.body else None
        if entry and entry.action == RECOVERY:
            kept, seen = (int(entry.target[each].partition(":")[0]) for each in ("kept", "seen"))
            explains = kept < earlier.head.seq <= seen
            if explains and datetime.fromisoformat(earlier.at) < entry.at:
                return entry.at.isoformat()
    return ""


def digest(records: Iterable[Record], before: str = "") -> str:
    """Digest records in order, without a secret: SHA-256 over each and the digest before it."""
    value = before
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
    start: Start = WHOLE

    def statement(self) -> bytes:
        """Return the bytes that a signature covers; its prefix keeps other uses apart."""
        parts = {"seq": self.head.seq, "head": self.head.mac, "digest": self.digest, "at": self.at}
        if self.start == WHOLE:
            return b"keysmith checkpoint 1\n" + canonical(parts).encode()
        return b"keysmith checkpoint 2\n" + canonical(parts | start_fields(self.start)).encode()


def start_fields(start: Start) -> dict[str, str | int]:
    """Write where an export starts: nothing for the start of the whole log."""
    if start == WHOLE:
        return {}
    head, digested = start.head, start.digest
    told = {"after_key": start.key_id} if start.key_id else {}
    return {"after": head.seq, "after_head": head.mac, "after_digest": digested, **told}
