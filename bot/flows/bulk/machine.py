"""Runs the parts of a bulk act one after another, each as a job of its own.

What a crash leaves, by the last thing that was stored:
- the job of a part: it runs again, and recognises its own effect as any job does;
- its end: the part is done if its job had an effect; else it runs once more, under another id;
- what the part led to: the next run goes on with the part behind it.
A part that waits for a lock raises `LockTaken`: the whole job stands in line, in the normal lane.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.domain.adoptions import owners_told
from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, Part, Result, begin, next_part, settle, stopped
from bot.domain.jobs import Job
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.outcomes.union import Outcome
from bot.errors import CloudinaryError, RateLimited, SlackError, StoreError, Unavailable
from bot.flows.audit import AuditLog, event_of
from bot.flows.bulk.part_jobs import PartJobs
from bot.flows.bulk.results import failure, result_of, stops, told_of
from bot.flows.bulk_ports import Bulks
from bot.flows.ports import Locks

PACE: Final = timedelta(seconds=1)
"""Between two updates of the message that shows how far a bulk act is."""


class Parts(Protocol):
    """Runs the parts of one kind of bulk act."""

    async def take(self, job: Job, part: Part) -> Outcome | None:
        """Run a part under its own job; None if its target changed since the list was shown."""


@dataclass(frozen=True)
class BulkMachine:
    """Runs bulk acts; `told` is when the message of each was updated last, by this process."""

    bulks: Bulks
    part_jobs: PartJobs
    locks: Locks
    audit_log: AuditLog
    told: dict[str, datetime] = field(default_factory=dict)

    async def run(self, job: Job, bulk_id: str, parts: Parts) -> BulkReported:
        """Run what is left of a bulk act; one job at a time runs it."""
        async with self.locks.hold(f"bulk:{bulk_id}", job):
            bulk = await self._load(bulk_id)
            begun = begin(bulk, job.id)
            if begun != bulk:
                bulk = await self._save(job, bulk, begun, "begin")
            while not bulk.halted and (at := next_part(bulk)) is not None:
                bulk = await self._take(job, bulk, at, parts)
                await asyncio.sleep(0)  # others have their turn
            self.told.pop(bulk_id, None)
            return BulkReported(bulk)

    async def stop(self, job: Job, bulk_id: str, *, over: bool = False) -> None:
        """Finish the message of an act that its job does not go on with, if the job runs it."""
        bulk = await self.bulks.load(bulk_id)
        if bulk is None or bulk.run != job.id:
            return
        after = stopped(bulk, over=over)
        if after != bulk:
            await self._save(job, bulk, after, "stopped", last=True)

    async def _take(self, job: Job, bulk: Bulk, at: int, parts: Parts) -> Bulk:
        """Run one part; where a service is away, no other runs behind it."""
        own = await self.part_jobs.of(job, bulk, at)
        if own.finished and not own.effect:  # it ended, and what it led to is not known
            return await self._save(job, bulk, settle(bulk, at, Result.RETRY), f"{at} again")
        if own.finished:
            return await self._settled(job, settle(bulk, at, Result.DO, "recorded"), bulk, at)
        try:
            outcome = await parts.take(own, bulk.parts[at])
        except (CloudinaryError, SlackError) as error:
            away = isinstance(error, RateLimited | Unavailable | SlackError)
            after = settle(bulk, at, Result.FAIL, failure(error), halted=away)
            ended = AuditEvent.FAILED, failure(error)
        else:
            if outcome is None:
                after = settle(bulk, at, Result.SKIP, CHANGED)
                ended = AuditEvent.REFUSED, CHANGED
            else:
                result, halted = result_of(outcome), stops(outcome)
                after = settle(bulk, at, result, told_of(outcome), halted=halted)
                ended = event_of(outcome)
        bulk = await self._settled(job, after, bulk, at)
        await self.part_jobs.close(own, *ended)
        return bulk

    async def _settled(self, job: Job, after: Bulk, before: Bulk, at: int) -> Bulk:
        part = after.parts[at]
        last = after.halted or next_part(after) is None
        return await self._save(job, before, after, f"{at} {part.state} {part.outcome}", last=last)

    async def _save(
        self, job: Job, before: Bulk, after: Bulk, detail: str, *, last: bool = False
    ) -> Bulk:
        """Store how far it is; another run that was faster counts."""
        now = self.audit_log.clock.now()
        since = self.told.get(before.id)
        told = last or since is None or now - since >= PACE
        entry = self.audit_log.entry(job, AuditEvent.ANSWERED, {"bulk": after.id}, detail)
        after, also = owners_told(after) if last else (after, ())
        if not await self.bulks.replace(before, after, entry, told=told, also=also):
            return await self._load(before.id)
        if told:
            self.told[before.id] = now
        return after

    async def _load(self, bulk_id: str) -> Bulk:
        bulk = await self.bulks.load(bulk_id)
        if bulk is None:
            raise StoreError("the bulk act is not stored")
        return bulk


CHANGED: Final = "changed"
"""What a part led to whose target is no longer as the list showed it."""
