"""Tells security once a week which enabled keys have no owner, or one who left.

The first look tells nothing: a week begins.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.audit import AuditEvent, Entry
from bot.domain.drift_reports import OrphanReport
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.flows import reads
from bot.flows.keys.filters import KeyFilter
from bot.flows.ports import AccountReader, Clock
from bot.flows.reconcile_ports import Sightings

WEEK: Final = timedelta(days=7)
NOTED: Final = "orphans"
"""What is noted each week: that keys without an owner were looked for."""
ACTION: Final = "key:orphans"
"""The action in the audit entry."""


@dataclass(frozen=True)
class OrphanReporter:
    """Looks whether a week is over; that it looked and what it tells are one step."""

    account: AccountReader
    filters: KeyFilter
    sightings: Sightings
    clock: Clock

    async def look(self) -> None:
        """Tell it if a week is over. May raise `KeysmithError`; then the next look tells it."""
        now, last = self.clock.now(), await self.sightings.noted(NOTED)
        if last and now - last < WEEK:
            return
        entry = Entry(now, AuditEvent.ANSWERED, ACTION, detail="the first week begins")
        if last is None:
            await self.sightings.note(NOTED, None, entry, [])
            return
        keys, _ = await reads.keys_in(self.account, await self.account.environments())
        found = await self.filters.orphans([here for here in keys if here.key.enabled])
        entry = replace(entry, detail=f"{len(found)} keys")
        text = OrphanReport.of(found).write()
        told = [Notification("", Audience.SECURITY, Topic.ORPHANS, text=text)] if found else []
        await self.sightings.note(NOTED, last, entry, told)
