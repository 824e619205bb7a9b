"""Runs the parts of an approved offboarding, and goes on where it stopped.

The request's terms hold the parts, so its fingerprint covers them. The stored bulk act of the
request's id holds how far they are, and no other authority runs it.
"""

from dataclasses import dataclass
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, PartState, next_part
from bot.domain.commands.users import OffboardUser
from bot.domain.jobs import Job
from bot.domain.keys import LastChange
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.outcomes.general import Failed
from bot.domain.outcomes.kinds import kind_of
from bot.domain.outcomes.requests import NoSuchRequest
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.audit import event_of
from bot.flows.bulk.machine import BulkMachine
from bot.flows.offboard.parts import OffboardParts, Steps
from bot.flows.offboard.subject import Subjects
from bot.flows.plan import Approved, Authority, Plan
from bot.flows.ports import Done

RESUMABLE: Final = frozenset({BulkReported.kind, Failed.kind})
"""What a request ended in of which a part failed, or whose worker gave up."""


@dataclass(frozen=True)
class OffboardApplier:
    """Applies plans that end everything that a person has."""

    subjects: Subjects
    machine: BulkMachine
    steps: Steps

    async def offboard(
        self, job: Job, person: Person, plan: Plan, command: OffboardUser, authority: Authority
    ) -> Outcome:
        """Run the parts of one plan that are left; no part, if the person is one to leave alone."""
        if not isinstance(authority, Approved):
            return NoSuchRequest(plan.name)
        request = authority.request
        if not plan.parts or plan.parts != request.terms.parts:
            return NoSuchRequest(request.id)
        refused = await self.subjects.refused_now(job, person, command.person)
        if refused:
            return refused
        bulk = await self.machine.bulks.load(request.id)
        if bulk is None:
            terms, now = request.terms, self.machine.audit_log.clock.now()
            shown = await self.machine.bulks.load(command.list) if command.list else None
            left = shown.left_out if shown else ()
            bulk = Bulk(request.id, terms.requester, terms.command, now, terms.parts, left)
            about = {"bulk": bulk.id, "request": request.id, "parts": str(len(bulk.parts))}
            entry = self.machine.audit_log.entry(job, AuditEvent.ANSWERED, about, authority.policy)
            await self.machine.bulks.add(bulk, entry)
        report = await self.machine.run(job, request.id, self._parts(authority))
        await self._tell(job, person, plan, report)
        return report

    async def _tell(self, job: Job, person: Person, plan: Plan, report: BulkReported) -> None:
        """Finish the job with a notice of the whole; a job that is finished tells nothing again."""
        bulk, (event, detail) = report.bulk, event_of(report)
        entry = self.machine.audit_log.entry(job, event, {"bulk": bulk.id}, detail)
        done = LastChange(OffboardUser.__name__, person.name, entry.at, job.id)
        ended = f"{bulk.count(PartState.DONE, PartState.SKIPPED)} of {len(bulk.parts)} parts ended"
        notice = f"{person.name} offboarded {plan.name}: {ended}."
        await self.machine.part_jobs.jobs.finish(
            job, entry, Done(f"offboard:{bulk.id}", done, notice)
        )

    def _parts(self, authority: Approved) -> OffboardParts:
        return OffboardParts(self.steps, self.subjects.search.people, authority)

    async def done(self, job: Job) -> bool:
        """Whether this job ran every part before."""
        bulk = await self.machine.bulks.load(job.id)
        return bulk is not None and bulk.run == job.id and next_part(bulk) is None

    async def stop(self, job: Job, kind: str) -> None:
        """Finish the message of a request that failed, with what was done and what was not."""
        await self.machine.stop(job, job.id, over=kind_of(kind) not in RESUMABLE)

    async def report(self, request_id: str) -> BulkReported | None:
        """How far the parts of a request are; None if they never ran."""
        bulk = await self.machine.bulks.load(request_id)
        return BulkReported(bulk) if bulk and bulk.run else None
