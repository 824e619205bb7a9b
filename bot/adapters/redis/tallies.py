"""What counts toward a person's limits: a record of ids, each with the time until which it counts.

A record has a MAC, so that a writer to Redis can't reset it. One that is not believed, or is gone
although the audit log knows it, counts as used up, and so does the one that then takes its place.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import MAC, TALLY_LOST
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Guard, Write, absent, delete, field_is
from bot.domain.audit import AuditEvent, Entry
from bot.errors import AlteredRecord, StoreError, UnknownKey

TRIES: Final = 50
"""Attempts at one replacement: each lost race means that another process replaced it."""
_USED_UP: Final = "counts as used up"


@dataclass(frozen=True)
class Tally:
    """What counted at one time; `mac` is that of the stored record, empty where there is none."""

    key: str
    mac: str = ""
    until: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def same(self) -> Guard:
        """The guard that the stored record is still the one that was read."""
        return field_is(self.key, MAC, self.mac) if self.mac else absent(self.key)

    def used_up(self, count: int, most: int) -> bool:
        """Whether the limit is reached: by that many of its ids, or because a record was lost."""
        return TALLY_LOST in self.until or count >= most

    def with_(self, id_: str, until: datetime) -> "Tally":
        """Add one."""
        return replace(self, until={**self.until, id_: until})

    def without(self, ids: Collection[str]) -> "Tally":
        """Leave some out."""
        return replace(self, until={id_: at for id_, at in self.until.items() if id_ not in ids})


class Tallies:
    """The tallies of every process that shares this Redis."""

    def __init__(self, ledger: Ledger, signed: Signed) -> None:
        self._ledger = ledger
        self._signed = signed

    async def read(self, key: str, now: datetime) -> Tally | None:
        """Read what still counts; None for a record that is not believed, or was removed."""
        try:
            found = await self._signed.read(key)
            if not found and await self._signed.is_gone(key):
                await self._signed.refused(key, "it was removed")
                return None
            found = found or await self._signed.read(key)  # written meanwhile by another process
        except (AlteredRecord, UnknownKey):
            return None
        mac = found.pop(MAC, "")
        times = {id_: datetime.fromisoformat(until) for id_, until in found.items()}
        return Tally(key, mac, {id_: until for id_, until in times.items() if now < until})

    async def replace_lost(self, key: str, now: datetime, until: datetime) -> Tally:
        """Put a record that is used up until then in the place of one that was lost.

        What another process put there stays, unless that is used up for a shorter time.
        """
        entry = Entry(now, AuditEvent.REFUSED, "record", target={"record": key}, detail=_USED_UP)
        for _ in range(TRIES):
            same = await self._signed.as_it_is(key)
            found = await self.read(key, now)
            if found and (TALLY_LOST not in found.until or until <= found.until[TALLY_LOST]):
                return found
            lost = (found or Tally(key)).with_(TALLY_LOST, until)
            if await self._ledger.write(entry, self.writes(key, lost.until), same):
                return lost
        raise StoreError("the count keeps changing")

    def writes(self, key: str, until: Mapping[str, datetime]) -> tuple[Write, ...]:
        """Write a whole record."""
        fields = {id_: at.isoformat() for id_, at in until.items()}
        return (delete(key), self._signed.hset(key, fields))
