"""What a trimmed audit log goes on from: one record, which replaces the entries that were archived.

It is stored in the step that trims them, under a MAC of the chain's key, and the entry of that step
names its proof. So the log shows which base is its own: the holder of a retired key forges a base,
but no entry behind an entry of a newer key. What this module reads is only signed; `Marks.base` and
`read_chain` compare it with the log. It also keeps the newest MAC of each record that only the
trimmed entries name, so that `Marks` knows what it knew before:

- of a record of a lasting kind always, a deleted one too: without it, one that was removed would
  look like one that never was;
- of the signing key's name, which the last rollover gave: without it, an older name would do;
- of any other record while it exists. One that is gone has expired, or was removed; put back, it is
  refused as one that no entry names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.adapters.redis.entries import listed, read_listed
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.names import AUDIT, AUDIT_BASE, SIGNING
from bot.adapters.redis.store import Store, StreamItem, as_fields, as_items
from bot.domain.audit import ChainKey, Head, chain
from bot.domain.verification import Start

LASTING: Final = frozenset(
    {"tier", "binding", "binding-of", "requests-waiting", "budget", kind_of(SIGNING)}
)
"""Kinds whose records are never just gone: each reader asks whether one was removed."""
AT_ONCE: Final = 1_000  # keys in one round trip
FIRST: Final = ("-", "+", "COUNT", "1")  # the first entry that is left


@dataclass(frozen=True)
class Base:
    """Where the log starts, when it was trimmed (ISO 8601), and MACs by record.

    `proof` is of the base as it was read, and `key_id` names the key of that proof.
    """

    start: Start = field(default_factory=Start)
    at: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    key_id: str = ""
    proof: str = ""

    @property
    def seq(self) -> int:
        """The number of the last entry that was trimmed; 0 for a log that never was."""
        return self.start.head.seq

    def fields(self, key: ChainKey) -> dict[str, str]:
        """Write the hash, signed."""
        head = self.start.head
        fields = {
            "seq": str(head.seq),
            "head": head.mac,
            "digest": self.start.digest,
            "at": self.at,
            "records": listed(self.marks),
            "key": key.id,
        }
        if self.start.key_id:
            fields["head_key"] = self.start.key_id
        return fields | {"proof": _proof(fields, key)}

    @classmethod
    def read(cls, fields: Mapping[str, str], keys: Iterable[ChainKey]) -> "Base":
        """Read the hash; the base of a log that never was trimmed unless a key has signed it."""
        known = {key.id: key for key in keys}
        key = known.get(fields.get("key", ""))
        covered = {name: value for name, value in fields.items() if name != "proof"}
        if key is None or _proof(covered, key) != fields.get("proof"):
            return cls()
        head = Head(int(fields["seq"]), fields["head"])
        marks = dict(read_listed(fields["records"]))
        start = Start(head, fields["digest"], fields.get("head_key", ""))
        return cls(start, fields["at"], marks, key.id, fields["proof"])


def _proof(fields: Mapping[str, str], key: ChainKey) -> str:
    return key.mac("audit base", *(part for pair in sorted(fields.items()) for part in pair))


async def read_base(store: Store, keys: Iterable[ChainKey]) -> Base:
    """Read what the log goes on from, if the log names it. May raise `StoreError`."""
    fields, items = await store.many(("HGETALL", AUDIT_BASE), ("XRANGE", AUDIT, *FIRST))
    return _believed(as_fields(fields), as_items(items), list(keys))


def _believed(
    fields: Mapping[str, str], first: Sequence[StreamItem], keys: Sequence[ChainKey]
) -> Base:
    """Read the base, unless its key is older than the key of the first entry that is left.

    The step that stores a base also writes an entry, which the log then keeps. So an older key was
    retired before that step, and its holder forges the base. `keys` are newest first.
    """
    base, ids = Base.read(fields, keys), [key.id for key in keys]
    signer = first[0][1].get("key", "") if first else ""
    known = base.key_id in ids and signer in ids
    return Base() if known and ids.index(base.key_id) > ids.index(signer) else base


async def archived_behind(store: Store, head: Head, keys: Iterable[ChainKey]) -> str:
    """Return the proof of the base that the log begins behind, if that head was trimmed for it.

    The first entry that is left covers the base's MAC. Whether the log names this base is not
    looked at yet. May raise `StoreError`.
    """
    known = {key.id: key for key in keys}
    fields, items = await store.many(("HGETALL", AUDIT_BASE), ("XRANGE", AUDIT, *FIRST))
    first = as_items(items)
    base = _believed(as_fields(fields), first, list(known.values()))
    last = base.start.head
    if not first or not head.seq or last.seq < head.seq or (last.seq == head.seq and last != head):
        return ""
    (place, entry), seq = first[0], last.seq + 1
    key = known.get(entry.get("key", ""))
    proven = key and chain(seq, last.mac, entry.get("body", ""), key).mac
    return base.proof if place == f"{seq}-0" and proven == entry.get("mac", "") else ""


async def still_needed(store: Store, marks: Mapping[str, str]) -> dict[str, str]:
    """Leave out the MACs of records that are gone, unless they are of a lasting kind."""
    others = [key for key in marks if kind_of(key) not in LASTING]
    there = set[str]()
    for first in range(0, len(others), AT_ONCE):
        some = others[first : first + AT_ONCE]
        answers = await store.many(*(("EXISTS", key) for key in some))
        there.update(key for key, found in zip(some, answers, strict=True) if found == 1)
    return {k: mac for k, mac in marks.items() if kind_of(k) in LASTING or k in there}
