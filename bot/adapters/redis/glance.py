"""What is new in the audit log, read behind records in one round trip.

Redis carries the commands of one connection out in order: a record that the log does not know as
the newest was replaced before it was read, or is replaced right now.
"""

from dataclasses import dataclass
from typing import Final

from bot.adapters.redis.names import AUDIT
from bot.adapters.redis.store import Store, StreamItem, as_items
from bot.domain.audit import Head

PAGE: Final = 500  # entries read at a time
FEW: Final = 16  # entries of a glance: many may look at the same time, and read the same ones


@dataclass(frozen=True)
class Glance:
    """The entries from a known one on; `reading` is what knew it."""

    reading: object
    known: Head
    items: list[StreamItem]

    @property
    def whole(self) -> bool:
        """Whether the known entry is still there, and the log ends with these."""
        there = bool(self.items) and self.items[0][1].get("mac") == self.known.mac
        return there and len(self.items) < FEW

    @property
    def new(self) -> list[StreamItem]:
        """The entries behind the known one."""
        return self.items[1:]


async def read_beside(
    store: Store, reading: object, known: Head, commands: tuple[tuple[str, ...], ...]
) -> tuple[list[object], Glance]:
    """Send commands, and read the log from the known entry on. May raise `StoreError`."""
    if not known.seq:  # the whole log has to be read
        return await store.many(*commands), Glance(reading, known, [])
    look = ("XRANGE", AUDIT, f"{known.seq}-0", "+", "COUNT", str(FEW))
    *answers, items = await store.many(*commands, look)
    return answers, Glance(reading, known, as_items(items))


def number(item: StreamItem) -> int:
    """Give the number of an entry."""
    return int(item[0].partition("-")[0])
