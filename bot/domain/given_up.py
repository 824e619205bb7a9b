"""Keys that `keys rotate --lost` has given up, as the audit log itself proves it.

The entry by which the new key begins names the lost key. That entry is under a configured key, and
its MAC covers the MAC before it. So an attacker who only writes to Redis can't move it, nor write
one: no entry behind it counts as given up, nor does one that no such entry follows at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.audit import Entry, Record

ROLLED_OVER: Final = "audit:rollover"
"""The action of the entry by which another key signs."""
ROLLED_LOST: Final = "lost"
"""In its target: the ids of the keys that were given up."""


@dataclass(frozen=True)
class Gap:
    """Entries that can't be proven any more, from `first` to `last`; `at` is ISO 8601."""

    first: int
    last: int
    at: str


def gap_before(unknown: Sequence[Record], rollover: Record) -> Gap | None:
    """Read that a proven record gave up the keys of the records right before it, which it names.

    An older one of those keys may have been given up by an entry under a later one: both are
    equally unproven, and that entry adds nothing that the later key's id does not allow.
    """
    ids = _lost(rollover)
    for record in reversed(unknown):
        if record.key_id not in ids:
            return None
        ids |= _lost(record)
    at = Entry.read(rollover.body).at.isoformat()
    return Gap(unknown[0].seq, unknown[-1].seq, at)


def outside(gaps: Sequence[Gap], records: Sequence[Record]) -> list[Record]:
    """Leave out what is in a gap. The chain proves what is behind one, and what is before it."""
    return [each for each in records if not any(it.first <= each.seq <= it.last for it in gaps)]


def _lost(record: Record) -> frozenset[str]:
    """List the keys that a record gives up; none where its body, maybe forged, is no entry."""
    if f'"{ROLLED_LOST}"' not in record.body:
        return frozenset()
    try:
        entry = Entry.read(record.body)
        lost = entry.target.get(ROLLED_LOST, "") if entry.action == ROLLED_OVER else ""
        return frozenset(lost.split())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return frozenset()
