"""The audit log as lines of JSON that prove themselves, given the keys."""

import hmac
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
    """Prove an export from its lines alone."""
    records: list[Record] = []
    head: Head | None = None
    try:
        for line in filter(str.strip, lines):
            document = json.loads(line)
            if head is not None:
                return Broken(len(records) + 1, "something stands behind the closing line")
            if "export" in document:
                head = _closing(document["export"], keys)
            else:
                records.append(_record(document))
    except (ValueError, KeyError, TypeError) as error:
        return Broken(len(records) + 1, f"the line can't be read: {type(error).__name__}")
    if head is None:
        return Broken(len(records) + 1, "the closing line is missing or not genuine")
    return verify(records, head, keys)


def _record(document: dict[str, object]) -> Record:
    body = json.dumps(document["entry"], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return Record(int(str(document["seq"])), body, str(document["key"]), str(document["mac"]))


def _closing(document: dict[str, str], keys: Sequence[ChainKey]) -> Head | None:
    for key in keys:
        mac = key.mac("export", str(document["seq"]), document["head"], document["at"])
        if hmac.compare_digest(mac, document["mac"]):
            return Head(int(document["seq"]), document["head"])
    return None
