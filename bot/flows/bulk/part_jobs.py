"""The jobs of the parts of a bulk act: each try has its own, which no queue holds."""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, Part, part_job
from bot.domain.commands.grammar import read
from bot.domain.commands.text import escape
from bot.domain.jobs import Job, Reply
from bot.errors import StoreError
from bot.flows.audit import AuditLog, action_name
from bot.flows.ports import Jobs


@dataclass(frozen=True)
class PartJobs:
    """Stores and closes them."""

    jobs: Jobs
    audit_log: AuditLog

    async def of(self, job: Job, bulk: Bulk, at: int) -> Job:
        """Store the job of a part, or read the one that was stored before a crash."""
        return await self.keep(job, part_job(bulk, at), bulk.parts[at], {"bulk": bulk.id})

    async def keep(self, job: Job, id_: str, part: Part, target: dict[str, str]) -> Job:
        """Store a job of this id that runs a part of another job, or read it."""
        action = action_name(read(escape(part.command)))
        own = Job(id_, job.actor, escape(part.command), action, Reply(), job.accepted_at)
        own = replace(own, part_of=job.id, trace=job.trace)
        entry = self.audit_log.entry(own, AuditEvent.ASKED, target, part.name)
        await self.jobs.keep(own, entry)
        stored = await self.jobs.load(id_)
        if stored is None:
            raise StoreError("the job of a part is not stored")
        return replace(stored, part_of=job.id, accepted_at=job.accepted_at)

    async def close(self, own: Job, event: AuditEvent, detail: str) -> None:
        """Close the job of a part that is settled; before that, only its change closes it."""
        await self.jobs.finish(own, self.audit_log.entry(own, event, {}, detail))
