"""Ends the open requests and the delegations of a person who leaves."""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.bulk import Part
from bot.domain.jobs import Job
from bot.domain.offboarding import principal, seen
from bot.domain.outcomes.decisions import TooLate, Voided
from bot.domain.outcomes.delegations import Delegated
from bot.domain.outcomes.requests import NoSuchRequest
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.machine import OVER, Cause, Event, Moved, State, move
from bot.domain.requests.notifications import Topic
from bot.flows.request_ports import Delegations
from bot.flows.request_writer import RequestWriter, to_requester
from bot.flows.requests.eligibility import VOID


@dataclass(frozen=True)
class Ends:
    """Each end is one conditional write, by which its job recognises it after a crash."""

    writer: RequestWriter
    delegations: Delegations

    async def request(self, job: Job, id_: str, part: Part) -> Outcome | None:
        """Cancel a request that was not carried out yet."""
        mark, now = f"offboard cancel:{id_}", self.writer.audit_log.clock.now()
        request = await self.writer.requests.load(id_)
        if request is None or request.terms.fingerprint != part.seen:
            return NoSuchRequest(id_)
        if job.effect == mark:
            return Voided(request)
        verdict = move(replace(request, outcome=VOID), Event.CANCEL, Cause.ENGINE, now)
        if not isinstance(verdict, Moved):
            gone = request.state in OVER and request.state is not State.CLAIMED
            return NoSuchRequest(id_) if gone else TooLate(request)
        told = to_requester(request, Topic.VOID)
        detail = f"offboarding {job.part_of}"
        written = await self.writer.write(
            request, verdict.request, detail, told, job, AuditEvent.DECIDED, effect=mark
        )
        return Voided(written) if written else TooLate(request)

    async def delegation(self, job: Job, part: Part, policy: str) -> Outcome | None:
        """End a delegation that still is the one that the list showed."""
        by = principal(part.seen)
        found = await self.delegations.find(by)
        now = self.writer.audit_log.clock.now()
        if found is None or found.to is None or found.delegate(now) is None:
            return Delegated(None, None)  # it has ended: by this job before a crash, or meanwhile
        if seen(found) != part.seen:
            return None
        ended = replace(found, to=None, until=now, job=job.id, at=now)
        target = {"principal": str(by), "to": "", "before": str(found.to)}
        entry = self.writer.audit_log.entry(job, AuditEvent.DONE, target, policy)
        of = f" of {found.name}" if found.name else ""
        notice = f"An offboarding ended a right{of} to decide for another person."
        if await self.delegations.replace(found, ended, entry, notice):
            return Delegated(None, None)
        return None
