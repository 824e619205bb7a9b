"""The audit log as lines of JSON that prove themselves, given the keys."""

import json
from collections.abc import Iterable, Sequence

from bot.domain.audit import Broken, ChainKey, Head, Intact, Record, verify


def record_line(record: Record) -> str:
    """One record; its entry is written out, so that people and other programs can read it."""
    return json.dumps(
        {
            "seq": record.seq,
            "entry": json.loads(record.body),
            "key": record.key_id,
            "mac": record.mac,
        }
    )


def closing_line(head: Head, at: str, key: ChainKey) -> str:
    """The last line: where the chain ended when it was exported, under a MAC of its own."""
    mac = key.mac("export", str(head.seq), head.mac, at)
    document = {"seq": head.seq, "head": head.mac, "at": at, "key": key.id, "mac": mac}
    return json.dumps({"export": document})


def verify_lines(lines: Iterable[str], keys: Sequence[ChainKey]) -> Intact | Broken:
    """Prove an export from its lines alone; each must be, to the letter, as it was written."""
    records: list[Record] = []
    head: Head | None = None
    for line in filter(None, map(str.strip, lines)):
        if head is not None:
            return Broken(len(records) + 1, "something stands behind the closing line")
        found = _read(line, keys)
        match found:
            case Record():
                records.append(found)
            case Head():
                head = found
            case _:
                return Broken(len(records) + 1, "the line is not as it was exported")
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
    body = json.dumps(document["entry"], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    record = Record(int(str(document["seq"])), body, str(document["key"]), str(document["mac"]))
    return record if record_line(record) == line else None


def _closing(line: str, document: dict[str, str], keys: Sequence[ChainKey]) -> Head | None:
    head = Head(int(document["seq"]), document["head"])
    genuine = any(closing_line(head, document["at"], key) == line for key in keys)
    return head if genuine else None
