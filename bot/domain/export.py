"""The export of the audit log: lines of JSON that the keys alone can prove."""

import json
from collections.abc import Iterable, Sequence

from bot.domain.audit import Broken, ChainKey, Head, Intact, Record, canonical, verify


def record_line(record: Record) -> str:
    """Write one record, with its entry as JSON that people and programs can read."""
    entry = json.loads(record.body)
    return json.dumps({"seq": record.seq, "entry": entry, "key": record.key_id, "mac": record.mac})


def closing_line(head: Head, at: str, key: ChainKey) -> str:
    """Write the last line: the head at the time of the export, with a MAC of its own."""
    mac = key.mac("export", str(head.seq), head.mac, at)
    document = {"seq": head.seq, "head": head.mac, "at": at, "key": key.id, "mac": mac}
    return json.dumps({"export": document})


def verify_lines(lines: Iterable[str], keys: Sequence[ChainKey]) -> Intact | Broken:
    """Prove an export from its lines alone; each must be exactly as it was written."""
    records: list[Record] = []
    head: Head | None = None
    for line in filter(None, map(str.strip, lines)):
        if head is not None:
            return Broken(len(records) + 1, "something stands behind the closing line")
        found = _read(line, keys)
        if found is None:
            return Broken(len(records) + 1, "the line is not as it was exported")
        if isinstance(found, Head):
            head = found
        else:
            records.append(found)
    if head is None:
        return Broken(len(records) + 1, "the closing line is missing")
    return verify(records, head, keys)


def _read(line: str, keys: Sequence[ChainKey]) -> Record | Head | None:
    try:
        document = json.loads(line)
        if "export" in document:
            return _closing(line, document["export"], keys)
        return _record(line, document)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _record(line: str, document: dict[str, object]) -> Record | None:
    seq, body = int(str(document["seq"])), canonical(document["entry"])
    record = Record(seq, body, str(document["key"]), str(document["mac"]))
    return record if record_line(record) == line else None


def _closing(line: str, document: dict[str, str], keys: Sequence[ChainKey]) -> Head | None:
    head = Head(int(document["seq"]), document["head"])
    genuine = any(closing_line(head, document["at"], key) == line for key in keys)
    return head if genuine else None
