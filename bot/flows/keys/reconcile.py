"""Compares keys at Cloudinary with their records, and tells what changed elsewhere, once.

No lock is held: the records are read before the keys, and the marks of Keysmith's own acts after
them. So a change of Keysmith's own is in the record, or its mark explains it. Records and messages
are one step, which does not happen if a record has changed: then the next look compares again.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.audit import AuditEvent, Entry
from bot.domain.drift import Drift, Drifted, Found, Seen
from bot.domain.drift_reports import DriftReport
from bot.domain.environments import Environment
from bot.domain.key_records import KeyRecord
from bot.domain.keys import Located
from bot.domain.requests.notifications import (
    Audience,
    Notification,
    Topic,
    to_person,
)
from bot.errors import Forbidden, KeysmithError, NotFound
from bot.flows.keys.orphan_report import OrphanReporter
from bot.flows.ports import AccountReader, Clock, PendingStore
from bot.flows.reconcile_ports import OwnActs, Sightings
from bot.flows.record_ports import KeyRecords

PAUSE: Final = 0.2
"""Seconds between the reads of two environments: the limits are for people first."""
LISTED: Final = 1000
"""Records in one reading."""
AT_ONCE: Final = 250
"""Records in one step."""
FIRST: Final = "keys"
"""What is noted once: when keys were compared first."""
ACTION: Final = "key:reconcile"
"""The action in the audit entry."""


@dataclass(frozen=True)
class Reconciler:
    """Looks at every key every few minutes, and at one whenever it is read."""

    account: AccountReader
    records: KeyRecords
    sightings: Sightings
    own: OwnActs
    pending: PendingStore
    clock: Clock
    orphans: OrphanReporter
    pause: float = PAUSE

    async def look(self) -> list[Exception]:
        """Compare the whole account if it is this process's turn; returns the failures."""
        if not await self.sightings.turn():
            return []
        began, since = self.clock.now(), await self.sightings.noted(FIRST)
        known, failures = await self._known(), list[Exception]()
        for place in await self.account.environments():
            try:
                await self._compare(place, known.get(place.id, {}), since)
            except (Forbidden, NotFound):
                pass  # nothing is known of what is there
            except KeysmithError as error:
                failures.append(error)
            await asyncio.sleep(self.pause)
        if since is None:
            first = Entry(began, AuditEvent.ANSWERED, ACTION, detail="first")
            await self.sightings.note(FIRST, None, first)
        try:
            await self.orphans.look()
        except KeysmithError as error:
            failures.append(error)
        return failures

    async def see(self, here: Located) -> None:
        """Compare the environment of a key that was just read and differs; never fails."""
        with contextlib.suppress(KeysmithError):
            record = await self.records.find(here.key.api_key)
            since = await self.sightings.noted(FIRST)
            known = {record.api_key: record} if record else {}
            if since and Seen(here.environment, [here.key], known, since).differs:
                await self._compare(here.environment, known, since)

    async def _known(self) -> Mapping[str, dict[str, KeyRecord]]:
        """Every record of a key that was there, by environment and API key."""
        every, start = defaultdict[str, dict[str, KeyRecord]](dict), 0
        while part := await self.records.listed(start, LISTED):
            for record in part:
                every[record.environment_id][record.api_key] = record
            start += LISTED
        return every

    async def _compare(
        self, place: Environment, known: Mapping[str, KeyRecord], since: datetime | None
    ) -> None:
        keys = await self.account.keys(place.id)
        if not Seen(place, keys, known, since).differs:
            return
        ids = list(dict.fromkeys((*known, *(key.api_key for key in keys))))
        known = await self.records.find_many(ids)
        acts = Seen(place, keys, known, since).acts()
        if any(act.what is Drifted.UNPINNED for act in acts):  # by a key that is gone, perhaps
            known = (await self._known()).get(place.id, {})
        keys = await self.account.keys(place.id)  # after the records: those know no later change
        seen = Seen(place, keys, known, since)
        found = seen.found(await self.own.begun(seen.acts()), self.clock.now())
        for start in range(0, len(found), AT_ONCE):
            await self._write(place, found[start : start + AT_ONCE])

    async def _write(self, place: Environment, found: Sequence[Found]) -> None:
        drifts = [drift for each in found for drift in each.told]
        changes = ", ".join(f"{drift.what} {drift.api_key}" for drift in drifts)
        target = {"environment": place.id} | ({"changes": changes} if changes else {})
        detail = f"{len(drifts)} changes, {len(found)} records"
        now = self.clock.now()
        entry = Entry(now, AuditEvent.ANSWERED, ACTION, target=target, detail=detail)
        await self.sightings.write(found, entry, await self._told(place, drifts))

    async def _told(self, place: Environment, drifts: Sequence[Drift]) -> list[Notification]:
        """One message to security, and one to each owner about their keys."""
        if not drifts:
            return []
        owners = await self.pending.owners_of([drift.api_key for drift in drifts])
        theirs = defaultdict[str, list[Drift]](list)
        for drift in drifts:
            if own := owners.get(drift.api_key):
                for holder in own.holders:
                    theirs[holder.user_id].append(drift)
        text = DriftReport.of(place, drifts).write()
        return [
            Notification("", Audience.SECURITY, Topic.DRIFT, text=text),
            *(
                to_person("", Topic.DRIFT, user, text=DriftReport.of(place, each).write())
                for user, each in theirs.items()
            ),
        ]
