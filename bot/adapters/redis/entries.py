"""What an entry's body says of stored records, of the signing key and of the log's start."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote, unquote

from bot.adapters.keyring import Generation
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.names import (
    KINDS,
    LOG_TRIMMED,
    LOG_TRIMMED_BASE,
    MAC,
    MARKS,
    PREFIX,
    ROLLED_LOST,
    ROLLED_OVER,
    ROLLED_TO,
)
from bot.adapters.redis.steps import Step

DELETED: Final = "-"  # no record has this MAC


def marked(step: Step) -> Step:
    """Name the MACs of the records that a step writes, or deletes, in its first entry."""
    found = {write[1]: mac for write in step.writes if (mac := _mac_in(write))}
    if not found:
        return step
    first, *rest = step.entries
    first = replace(first, target={**first.target, MARKS: listed(found)})
    return replace(step, entries=(first, *rest))


def _mac_in(write: tuple[str, ...]) -> str:
    command, key, *fields = write
    if command == "DEL" and kind_of(key) in KINDS:
        return DELETED
    return (
        dict(zip(fields[::2], fields[1::2], strict=True)).get(MAC, "") if command == "HSET" else ""
    )


def listed(marks: Mapping[str, str]) -> str:
    """Write MACs by record, as an audit entry names them."""
    return " ".join(f"{quote(key.removeprefix(PREFIX))}={mac}" for key, mac in marks.items())


def read_listed(text: str) -> Iterable[tuple[str, str]]:
    """Read what `listed` wrote."""
    for each in text.split():
        quoted, _, mac = each.rpartition("=")
        yield PREFIX + unquote(quoted), mac


def given_up(body: str) -> list[str]:
    """List the keys that an entry gave up as lost."""
    return str(json.loads(body)["target"].get(ROLLED_LOST, "")).split()


def rolled_over(body: str) -> Generation | None:
    """Read which key signs since an entry, if that is what the entry says."""
    entry = json.loads(body)
    return Generation.parse(entry["target"][ROLLED_TO]) if entry["action"] == ROLLED_OVER else None


def named_base(body: str) -> str | None:
    """Return the proof of the base that an entry names; None if the entry is of no trim.

    The entry need not be proven yet.
    """
    if f'"{LOG_TRIMMED}"' not in body:
        return None
    try:
        entry = json.loads(body)
        named = entry["target"].get(LOG_TRIMMED_BASE, "")
        return str(named) if entry["action"] == LOG_TRIMMED else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
