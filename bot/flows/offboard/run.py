"""Offboards a person: shows the list, opens the request for its parts, resumes what failed."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from bot.domain.addresses import mailbox
from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import read, render
from bot.domain.commands.groups import DropFromGroup
from bot.domain.commands.text import escape
from bot.domain.commands.users import DisableUser, OffboardUser
from bot.domain.environments import NOWHERE
from bot.domain.jobs import Job
from bot.domain.offboarding import Subject, chosen
from bot.domain.outcomes.bulk import BulkReported, NoSuchBulk, OffboardPreviewed
from bot.domain.outcomes.decisions import TooLate, Voided
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.kinds import kind_of
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserRefused
from bot.domain.people import Actor, Person
from bot.domain.request_ids import LEAST
from bot.domain.requests.machine import RESUMED, Request, State
from bot.domain.requests.notifications import Topic
from bot.domain.users import Refusal
from bot.flows.authorize import Authorizer
from bot.flows.offboard.apply import RESUMABLE, OffboardApplier
from bot.flows.offboard.gather import Gatherer
from bot.flows.plan import Approved, Plan
from bot.flows.request_ports import Requests
from bot.flows.request_writer import to_requester

RESUMED_FOR: Final = timedelta(days=7)
"""How long after it failed the rest of an approved list may be tried again."""


class StillApproved(Protocol):
    """Reads the terms and the votes of a request again."""

    async def still_approved(self, request: Request) -> bool:
        """Whether both still hold."""


@dataclass(frozen=True)
class Offboarder:
    """Runs the command, in each of its three forms."""

    gatherer: Gatherer
    applier: OffboardApplier
    authorizer: Authorizer
    requests: Requests
    approvals: StillApproved

    async def run(self, job: Job, person: Person, command: OffboardUser) -> Outcome:
        """Run one command."""
        if command.resume is not None:
            return await self._resumed(job, person, command.resume)
        if job.finished and command.list is not None:
            return Repeated()
        subject = await self.applier.subjects.find(job.actor, command.person)
        if not isinstance(subject, Subject):
            return subject
        refused = await self.applier.subjects.refused(person, subject)
        if refused:
            return refused
        if command.list is None:
            return await self._previewed(job, person, subject, command)
        return await self._asked(job, person, subject, command, command.list)

    async def _previewed(
        self, job: Job, person: Person, subject: Subject, command: OffboardUser
    ) -> Outcome:
        machine = self.applier.machine
        bulk, hidden = await machine.bulks.load(job.id), 0
        if bulk is None:
            bulk, hidden = await self.gatherer.gathered(job, person, subject)
            bulk = replace(bulk, parts=chosen(bulk.parts, command.parts))
            target = {"bulk": bulk.id, "user": subject.id, "parts": str(len(bulk.parts))}
            entry = machine.audit_log.entry(job, AuditEvent.ANSWERED, target, "previewed")
            if bulk.parts:
                await machine.bulks.add(bulk, entry)
        follows = OffboardUser(command.person, list=bulk.id, reason=command.reason)
        role = subject.user.role if subject.user else None
        return OffboardPreviewed(bulk, follows, subject.name, hidden, role)

    async def _asked(
        self, job: Job, person: Person, subject: Subject, command: OffboardUser, list_id: str
    ) -> Outcome:
        """Open the request for the parts that were chosen of a list that this person was shown."""
        bulk = await self.applier.machine.bulks.load(list_id)
        if bulk is None or bulk.actor != job.actor or bulk.run:
            return NoSuchBulk()
        if bulk.command != render(OffboardUser(subject.id)):
            return UserRefused(subject.name, Refusal.CHANGED_SINCE)
        parts, user = chosen(bulk.parts, command.parts), subject.user
        if not parts:
            again = OffboardUser(command.person)
            return OffboardPreviewed(replace(bulk, parts=()), again, subject.name)
        commands = [read(escape(each.command)) for each in parts]
        ends = any(
            isinstance(each, DisableUser | DropFromGroup | OffboardUser) for each in commands
        )
        master = ends and await self.applier.subjects.ends_master(person, subject)
        plan = Plan(
            replace(command, person=subject.id),
            NOWHERE,
            subject.name,
            owner=subject.slack,
            owner_id=user.id if user else "",
            owner_mailbox=mailbox(user.email) if user else "",
            reason=command.reason or "",
            tracked=True,
            parts=parts,
            master_admin=master,
        )
        return await self.authorizer.request(job, person, plan)

    async def resumable(self, actor: Actor, typed: str) -> Request | None:
        """Find the person's own request that a whole id means, or the beginning of one."""
        found = await self.requests.load(typed)
        alike = [found] if found else []
        if found is None and len(typed) >= LEAST:
            alike = await self.requests.beginning(typed, actor)
        own = [each for each in alike if each.terms.requester == actor and each.terms.parts]
        return own[0] if len(own) == 1 else None

    async def _resumed(self, job: Job, person: Person, typed: str) -> Outcome:
        """Try what is left again: on the same approval, for the same parts, by the requester."""
        request = await self.resumable(job.actor, typed)
        report = await self.applier.report(request.id) if request else None
        if request is None or report is None:
            return NoSuchBulk(offboarding=True)
        outcome = await self._rest(job, person, request, report)
        if isinstance(outcome, BulkReported) and outcome.bulk.complete:
            await self._settled(job, request)
        return outcome

    async def _settled(self, job: Job, request: Request) -> None:
        """Say on the card of a request, and to who sent it, that its rest is done."""
        if request.state is not State.FAILED or request.outcome == RESUMED:
            return
        done = replace(request, outcome=RESUMED, version=request.version + 1)
        told = to_requester(request, Topic.DONE)
        await self.applier.steps.ends.writer.write(request, done, RESUMED, told, job)

    async def _rest(
        self, job: Job, person: Person, request: Request, report: BulkReported
    ) -> Outcome:
        if job.finished or not report.bulk.resumable or request.state is State.EXECUTING:
            return report  # how far it is
        over = self.applier.machine.audit_log.clock.now() - request.since > RESUMED_FOR
        failed = request.state is State.FAILED and kind_of(request.outcome) in RESUMABLE
        if over:
            return NoSuchBulk(offboarding=True)
        if not failed:
            return TooLate(request)
        if not await self.approvals.still_approved(request):
            return Voided(request)
        terms, frozen = request.terms, read(escape(request.terms.command))
        if not isinstance(frozen, OffboardUser):
            return NoSuchBulk(offboarding=True)
        authority = Approved(request, request.approval.notify)
        plan = Plan(frozen, NOWHERE, terms.name, parts=terms.parts)
        return await self.applier.offboard(job, person, plan, frozen, authority)
