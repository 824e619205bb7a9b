"""The export of the audit log: lines of JSON, and a closing line with a signed checkpoint.

A holder of `KEYSMITH_KEYS` proves the chain. An auditor proves the same lines with the public key
alone, by the checkpoint. Exports of versions without checkpoints are proven by the keys only.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain.audit import ChainKey, Head, Record, canonical
from bot.domain.verification import (
    Broken,
    Checkpoint,
    Empty,
    Intact,
    Verdict,
    continues,
    digest,
    recovered_at,
    verify,
)


class Signer(Protocol):
    """Signs checkpoints with the newest key."""

    @property
    def public(self) -> str:
        """The public key of the signatures, as text."""

    def sign(self, statement: bytes) -> str:
        """Sign a statement; returns the signature as text."""


class Verifier(Protocol):
    """Verifies the signatures of checkpoints."""

    def verifies(self, public: str, statement: bytes, signature: str) -> bool:
        """Whether `public` is trusted, and the signature of the statement is its own."""


@dataclass(frozen=True)
class Closing:
    """A closing line as it was read; `signature` is empty in an export of a former version."""

    head: Head
    at: str
    mac: str
    key_id: str
    digest: str = ""
    public: str = ""
    signature: str = ""

    @property
    def checkpoint(self) -> Checkpoint:
        """What the signature covers."""
        return Checkpoint(self.head, self.digest, self.at)

    def line(self) -> str:
        """Write the line."""
        document = {
            "seq": self.head.seq,
            "head": self.head.mac,
            "at": self.at,
            "key": self.key_id,
            "mac": self.mac,
        }
        signed = {"digest": self.digest, "public": self.public, "signature": self.signature}
        return json.dumps({"export": document | (signed if self.signature else {})})


@dataclass(frozen=True)
class Export:
    """The lines of an export, read and not verified yet."""

    records: Sequence[Record]
    closing: Closing

    @property
    def head(self) -> Head:
        """The head that the closing line names."""
        return self.closing.head


def record_line(record: Record) -> str:
    """Write one record, with its entry as JSON that people and programs can read."""
    entry = json.loads(record.body)
    return json.dumps({"seq": record.seq, "entry": entry, "key": record.key_id, "mac": record.mac})


def closing_line(
    records: Iterable[Record], head: Head, at: str, key: ChainKey, signer: Signer | None
) -> str:
    """Write the last line: the head at the time of the export, with a MAC and a checkpoint.

    Without a `signer` there is no checkpoint: only a proven log gets one.
    """
    if signer is None:
        return Closing(head, at, _closing_mac(head, at, key), key.id).line()
    checkpoint = Checkpoint(head, digest(records), at)
    signature = signer.sign(checkpoint.statement())
    mac = _closing_mac(head, at, key)
    return Closing(head, at, mac, key.id, checkpoint.digest, signer.public, signature).line()


def _closing_mac(head: Head, at: str, key: ChainKey) -> str:
    return key.mac("export", str(head.seq), head.mac, at)


def read_export(lines: Iterable[str]) -> Export | Broken:
    """Read an export; each line must be exactly as it was written."""
    records: list[Record] = []
    closing: Closing | None = None
    for line in filter(None, map(str.strip, lines)):
        if closing is not None:
            return Broken(len(records) + 1, "there is a line behind the closing line")
        found = _read(line)
        if found is None:
            return Broken(len(records) + 1, "the line is not as it was exported")
        if isinstance(found, Closing):
            closing = found
        else:
            records.append(found)
    if closing is None:
        return Broken(len(records) + 1, "the closing line is missing")
    return Export(records, closing)


def verify_export(export: Export, keys: Sequence[ChainKey], verifier: Verifier) -> Verdict:
    """Prove an export with the secret keys, and its checkpoint if it has one."""
    closing, records = export.closing, export.records
    genuine = any(
        closing.key_id == key.id and closing.mac == _closing_mac(closing.head, closing.at, key)
        for key in keys
    )
    if not genuine:
        return Broken(len(records) + 1, "no configured key wrote the closing line")
    verdict = verify(records, export.head, keys)
    if isinstance(verdict, Broken) or not closing.signature:
        return verdict
    return _unsigned(export, verifier) or verdict


def verify_signed(export: Export, verifier: Verifier) -> Verdict:
    """Prove an export with trusted public keys alone: as it was when its checkpoint was signed."""
    records, head = export.records, export.head
    if fault := _unsigned(export, verifier):
        return fault
    last = records[-1] if records else None
    if (Head(last.seq, last.mac) if last else Head()) != head:
        return Broken(len(records) + 1, "the last record is not the one that the checkpoint names")
    return Intact(head) if records else Empty()


def _unsigned(export: Export, verifier: Verifier) -> Broken | None:
    closing, records = export.closing, export.records
    for place, record in enumerate(records, 1):
        if record.seq != place:
            return Broken(place, f"record {place} is missing: the next is {record.seq}")
    statement = closing.checkpoint.statement()
    if not verifier.verifies(closing.public, statement, closing.signature):
        return Broken(len(records) + 1, "no trusted key signed the checkpoint")
    if digest(records) != closing.digest:
        return Broken(1, "the checkpoint was signed over other records")
    return None


def against(verdict: Verdict, records: Sequence[Record], earlier: Head, *, at: str) -> Verdict:
    """Add to a verdict that a proven log must continue an earlier head, or tell of its loss.

    `at` is when that head was proven: a recovery explains only the loss of what was there before.
    """
    if not isinstance(verdict, Intact):
        return verdict
    rewound = continues(records, verdict.head, earlier)
    if rewound and (recovered := recovered_at(records, earlier, at)):
        return replace(verdict, recovered=recovered)
    return rewound or verdict


def read_closing(line: str) -> Closing | None:
    """Read a closing line; None if it is not as it was written."""
    found = _read(line.strip())
    return found if isinstance(found, Closing) else None


def _read(line: str) -> Record | Closing | None:
    try:
        document = json.loads(line)
        found = _closing(document["export"]) if "export" in document else _record(document)
        written = found.line() if isinstance(found, Closing) else record_line(found)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if written == line else None


def _record(document: dict[str, object]) -> Record:
    seq, body = int(str(document["seq"])), canonical(document["entry"])
    return Record(seq, body, str(document["key"]), str(document["mac"]))


def _closing(document: dict[str, object]) -> Closing:
    texts = {name: str(value) for name, value in document.items()}
    head = Head(int(texts["seq"]), texts["head"])
    signed = {name: texts.get(name, "") for name in ("digest", "public", "signature")}
    return Closing(head, texts["at"], texts["mac"], texts["key"], **signed)
