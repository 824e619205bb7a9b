"""The stored form of a key's record, and how a step of another store writes it.

A change of a key writes its record in the step that stores the change: `touched` gives the writes.
Their guard is the MAC of what was read, so no two changes overwrite each other.
"""

import json
from collections.abc import Mapping
from itertools import chain
from typing import Final

import structlog

from bot.adapters.redis import names
from bot.adapters.redis.names import KEY_RECORDS, MAC
from bot.adapters.redis.records import ACTOR, NOT_READ, PLAIN, TIME, Form, Record, maybe
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Guard, Write, field_is, zadd
from bot.domain.key_records import KeyEvent, KeyRecord, Line, recorded

_log = structlog.get_logger("keysmith.records")
_json: Final = json.JSONEncoder(separators=(",", ":")).encode
Known = Mapping[str, dict[str, str]]
"""Records that were just read, by their keys in Redis."""
LINE: Final = Record(Line, TIME("at"), PLAIN("what"), maybe(ACTOR)("by"), PLAIN("detail", "job"))
_LINES: Final = Form(
    lambda lines: [*map(LINE.write, lines)], lambda found: tuple(map(LINE.read, found))
)
KEY_RECORD: Final = Record(
    KeyRecord,
    PLAIN("api_key", "name", "enabled", environment="environment_id"),
    TIME("first_seen_at", "seen_at"),
    PLAIN("environment_name", "purpose", "request"),
    maybe(TIME)("expires_at"),
    Form(list, tuple)("tags"),
    _LINES("history"),
    PLAIN("claimed"),
    maybe(TIME)("gone_at"),
    PLAIN("pinned"),
)


def writes_of(signed: Signed, record: KeyRecord) -> tuple[Write, ...]:
    """Write a record, as a part of a step."""
    key, first = names.key_record(record.api_key), record.first_seen_at.timestamp()
    document = {"doc": _json(KEY_RECORD.write(record))}
    return signed.hset(key, document), zadd(KEY_RECORDS, first, record.api_key)


async def touched(
    signed: Signed, *events: KeyEvent | None, known: Known | None = None
) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
    """Give what writes changes to the keys' records, as part of a step; nothing without one.

    Where a record changes meanwhile, its guard, the last of each event, does not hold.
    What is `known` was just read.
    """
    each = [await _touched(signed, event, known or {}) for event in events]
    return tuple(chain(*(writes for writes, _ in each))), tuple(chain(*(same for _, same in each)))


async def _touched(
    signed: Signed, event: KeyEvent | None, known: Known
) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
    key = names.key_record(event.api_key) if event else ""
    found = known.get(key)
    if found is None:
        found = await signed.find_one_of_many(key) if event else {}
    record = read_record(found)
    if event is None or record is None:
        return (), ()
    return writes_of(signed, recorded(record, event)), (field_is(key, MAC, found[MAC]),)


def read_record(found: Mapping[str, str]) -> KeyRecord | None:
    """Read a record that is believed; one of another version counts as none."""
    if not found:
        return None
    try:
        return KEY_RECORD.read(json.loads(found["doc"]))
    except NOT_READ as error:
        _log.error("key_record_unreadable", reason=type(error).__name__)
        return None
