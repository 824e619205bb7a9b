"""The export of the audit log: lines of JSON, and a closing line with a signed checkpoint.

A holder of `KEYSMITH_KEYS` proves the chain. An auditor proves the same lines with the public key
alone, by the checkpoint. Exports of versions without checkpoints are proven by the keys only.

An archive is an export of the oldest entries, which are trimmed from the log then. The export of a
trimmed log, and an archive behind another one, say in their closing line what they go on from.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain.audit import ChainKey, Head, Record, canonical
from bot.domain.verification import (
    WHOLE,
    Broken,
    Checkpoint,
    Empty,
    Intact,
    OtherKey,
    Seen,
    Start,
    Verdict,
    digest,
    start_fields,
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

    @property
    def trusted(self) -> tuple[str, ...]:
        """The public keys that are trusted."""

    def verifies(self, public: str, statement: bytes, signature: str) -> bool:
        """Whether `public` is trusted, and the signature of the statement is its own."""

    def signed_by(self, public: str, statement: bytes, signature: str) -> bool:
        """Whether the signature is of this public key, trusted or not."""


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
    start: Start = WHOLE

    @property
    def checkpoint(self) -> Checkpoint:
        """What the signature covers."""
        return Checkpoint(self.head, self.digest, self.at, self.start)

    @property
    def seen(self) -> Seen:
        """What a later log must continue."""
        return Seen(self.head, self.at)

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
        start = start_fields(self.start)
        return json.dumps({"export": document | start | (signed if self.signature else {})})


@dataclass(frozen=True)
class Export:
    """The lines of an export, read and not verified yet."""

    records: Sequence[Record]
    closing: Closing

    @property
    def head(self) -> Head:
        """The head that the closing line names."""
        return self.closing.head

    @property
    def end(self) -> Start:
        """What the next archive, or the log, goes on from, once this one is proven."""
        key_id = self.records[-1].key_id if self.records else self.closing.start.key_id
        return Start(self.head, self.closing.digest, key_id)


def record_line(record: Record) -> str:
    """Write one record, with its entry as JSON that people and programs can read."""
    entry = json.loads(record.body)
    return json.dumps({"seq": record.seq, "entry": entry, "key": record.key_id, "mac": record.mac})


def closing_line(
    records: Iterable[Record],
    head: Head,
    at: str,
    key: ChainKey,
    signer: Signer | None,
    start: Start = WHOLE,
) -> str:
    """Write the last line: the head at the time of the export, with a MAC and a checkpoint.

    Without a `signer` there is no checkpoint: only a proven log gets one. `start` is what the
    records go on from.
    """
    digested = digest(records, start.digest) if signer else ""
    return closing_of(digested, head, at, key, signer, start)


def closing_of(
    digested: str, head: Head, at: str, key: ChainKey, signer: Signer | None, start: Start
) -> str:
    """Write the same, where the digest of the records is known: they need not be in memory."""
    mac = _closing_mac(head, at, key, start)
    if signer is None:
        return Closing(head, at, mac, key.id, start=start).line()
    checkpoint = Checkpoint(head, digested, at, start)
    signature = signer.sign(checkpoint.statement())
    signed = (checkpoint.digest, signer.public, signature)
    return Closing(head, at, mac, key.id, *signed, start).line()


def _closing_mac(head: Head, at: str, key: ChainKey, start: Start) -> str:
    after = map(str, start_fields(start).values())
    return key.mac("export", str(head.seq), head.mac, at, *after)


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


def verify_export(
    export: Export, keys: Sequence[ChainKey], verifier: Verifier, before: Start = WHOLE
) -> Verdict:
    """Prove an export with the secret keys, and its checkpoint if it has one.

    `before` names the key of the last record before it where that is known.
    """
    closing, records, end = export.closing, export.records, _end(export)
    genuine = any(
        closing.key_id == key.id
        and closing.mac == _closing_mac(closing.head, closing.at, key, closing.start)
        for key in keys
    )
    if not genuine:
        foreign = closing.key_id not in {key.id for key in keys}
        if foreign:
            ids = tuple(key.id for key in keys)
            return OtherKey(end, "another key wrote it", closing.key_id, ids)
        return Broken(end, "the closing line was changed: its MAC does not fit")
    start = replace(closing.start, key_id=before.key_id or closing.start.key_id)
    verdict = verify(records, export.head, keys, start)
    if isinstance(verdict, Broken) or not closing.signature:
        return verdict
    return _unsigned(export, verifier) or verdict


def verify_signed(export: Export, verifier: Verifier) -> Verdict:
    """Prove an export with trusted public keys alone: as it was when its checkpoint was signed."""
    records, head, start = export.records, export.head, export.closing.start.head
    if fault := _unsigned(export, verifier):
        return fault
    last = records[-1] if records else None
    if (Head(last.seq, last.mac) if last else start) != head:
        return Broken(_end(export), "the last record is not the one that the checkpoint names")
    return Intact(head, after=start.seq) if records else Empty()


def _unsigned(export: Export, verifier: Verifier) -> Broken | None:
    closing, records = export.closing, export.records
    for place, record in enumerate(records, closing.start.head.seq + 1):
        if record.seq != place:
            return Broken(place, f"record {place} is missing: the next is {record.seq}")
    statement = closing.checkpoint.statement()
    signed, end = (closing.public, statement, closing.signature), _end(export)
    if not closing.signature:
        return Broken(end, "the export has no signed checkpoint, so only its secret keys prove it")
    if not verifier.signed_by(*signed):
        return Broken(end, "the closing line was changed: its signature does not fit")
    if digest(records, closing.start.digest) != closing.digest:
        return Broken(1, "the checkpoint was signed over other records")
    if not verifier.verifies(*signed):
        return OtherKey(end, "another key signed it", closing.public, verifier.trusted)
    return None


def _end(export: Export) -> int:
    """The number behind the last record."""
    return export.closing.start.head.seq + len(export.records) + 1


def verify_older(
    export: Export, keys: Sequence[ChainKey], verifier: Verifier, before: Start = WHOLE
) -> Verdict:
    """Prove an export of former days: a key that is retired now was the newest one then.

    It was not where a newer key signed the last record before the export.
    """
    ids, start = [key.id for key in keys], export.closing.start
    own, earlier = export.closing.key_id, [start.key_id, before.key_id]
    newer = ids[: ids.index(own)] if own in ids else []
    if found := [each for each in earlier if each in newer]:
        reason = f"an older key than the one before it, {found[0]}, signs its end"
        return Broken(start.head.seq + 1, reason)
    return verify_export(export, keys[len(newer) :], verifier, before)


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
    start = WHOLE
    if "after" in texts:
        last = Head(int(texts["after"]), texts["after_head"])
        start = Start(last, texts["after_digest"], texts.get("after_key", ""))
    signed = {name: texts.get(name, "") for name in ("digest", "public", "signature")}
    return Closing(head, texts["at"], texts["mac"], texts["key"], **signed, start=start)
