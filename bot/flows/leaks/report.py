"""Takes reports of leaked pairs: each is stored before its sender hears of it.

Nothing here tells whether a key exists, so a report costs the same for each.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.leaks import ReportLeak
from bot.domain.commands.readings import write
from bot.domain.incidents import (
    MOST_REPORTS,
    Incident,
    News,
    Report,
    Sighting,
    added,
    opened,
)
from bot.domain.leaks import MOST, Pair, chosen, find_pairs, uncounted
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.domain.requests.notifications import Notification, leak_to_person, leak_to_security
from bot.domain.secret import Secret
from bot.errors import StoreError
from bot.flows.incident_ports import Incidents, Marks
from bot.flows.ports import Clock
from bot.flows.record_ports import KeyRecords

LONG: Final = 5_000
"""Characters that take a few milliseconds to search."""
TRIES: Final = 50
"""Of a report while others about the same key are written."""


@dataclass(frozen=True)
class LeakReporter:
    """Sees pairs in texts, and stores reports of them."""

    incidents: Incidents
    marks: Marks
    clock: Clock
    records: KeyRecords

    async def seen(self, text: str) -> list[Sighting]:
        """See the pairs in a text; their secrets go no further. May raise `StoreError`."""
        return await self.sightings(await self.pairs(text))

    async def pairs(self, text: str) -> Sequence[Pair]:
        """Find the pairs in a text; a long one keeps no other delivery from its answer."""
        return find_pairs(text) if len(text) < LONG else await asyncio.to_thread(find_pairs, text)

    async def sightings(self, pairs: Sequence[Pair]) -> list[Sighting]:
        """See pairs without their secrets. May raise `StoreError`.

        Of many, those come first whose keys Keysmith has a record of, known or not at Cloudinary.
        """
        if len(pairs) > MOST:
            keys = dict.fromkeys(each.api_key for each in pairs)
            pairs = chosen(pairs, await self.records.find_many([*keys]))
        return [Sighting(each.api_key, self.marks.mark(each), each.cloud) for each in pairs]

    async def report(self, seen: Sighting, report: Report, actor: Actor | None = None) -> Incident:
        """Store a report, once for each place. May raise `StoreError`."""
        for _ in range(TRIES):
            before = await self.incidents.load(seen.api_key)
            mark = self._mark(before, seen)
            after = added(before, mark, report) if before else opened(seen, report)
            if before == after:
                return after
            entry = entry_of(after, report.at, f"reported: {report.source}", actor)
            if await self.incidents.write(before, after, entry, _told(before, after, report)):
                return after
        raise StoreError("the incident keeps changing")

    def _mark(self, before: Incident | None, seen: Sighting) -> str:
        """Give the mark to add; the last one that fits says that there are more."""
        if before is None or not before.full or seen.mark in before.marks:
            return seen.mark
        return self.marks.mark(uncounted(Pair(seen.api_key, Secret())))


def written(seen: Sequence[Sighting], channel: str = "", ts: str = "", author: str = "") -> str:
    """Write the command that reports what was seen, in a message or in a command."""
    listed = ",".join(f"{each.api_key}:{each.mark}:{each.cloud}" for each in seen)
    return write(ReportLeak(listed, channel or None, ts or None, author or None))


def entry_of(
    incident: Incident, at: datetime, detail: str, actor: Actor | None = None, **more: str
) -> Entry:
    """Build an audit entry about an incident."""
    place = {
        "environment": incident.environment_id,
        "environment_name": incident.environment_name,
        "name": incident.name,
    }
    target = {"key": incident.api_key} | {name: it for name, it in place.items() if it} | more
    return Entry(at, AuditEvent.MOVED, Action.REPORT_LEAK, actor, "", target, detail)


def _told(before: Incident | None, after: Incident, report: Report) -> list[Notification]:
    """Tell the author of a message, and security where it knows of the incident already."""
    new = before is None or after.reports != before.reports or after.more != before.more
    told = list[Notification]()
    if new and report.author and report.author != report.by:
        posted = f"{News.POSTED} {report.channel}"
        told.append(leak_to_person(after.api_key, posted, report.author))
    if new and after.told and len(after.reports) < MOST_REPORTS:
        told.append(leak_to_security(after.api_key, News.AGAIN))
    return told
