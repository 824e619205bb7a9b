"""Takes what people say of a brown-out: enable the key now, it broke something, nothing broke."""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.brownouts import ENABLE_NOW, Brownout, Report
from bot.domain.commands.requests import Cancel, Result
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import (
    BrownoutEnding,
    BrownoutReported,
    MayNotDecide,
    TooLate,
)
from bot.domain.outcomes.requests import NoSuchRequest
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action, Refused
from bot.domain.requests.deletions import place_of
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic, in_thread, redraw
from bot.domain.requests.votes import IneligibleReason
from bot.flows.authorize import Authorizer
from bot.flows.request_writer import RequestWriter
from bot.flows.requests.settle import DECIDED

STORED: Final = f"{DECIDED}brownout"
"""The effect of a job whose answer is stored."""


@dataclass(frozen=True)
class BrownoutAnswers:
    """Its requester, the person of the key, and who may brown it out may say it."""

    writer: RequestWriter
    authorizer: Authorizer

    async def is_for(self, command: Cancel) -> bool:
        """Whether a cancellation is about a brown-out that has begun."""
        request = await self.writer.requests.load(command.id)
        return bool(request and request.brownout and request.brownout.begun)

    async def take(self, job: Job, person: Person, command: Cancel | Result) -> Outcome:
        """Store it, in one conditional write; the next look at deadlines enables the key."""
        while request := await self.writer.requests.load(command.id):
            brownout = request.brownout
            if brownout is None or not brownout.begun:
                return TooLate(request)
            if job.effect == STORED:
                return _said(request, command)
            if not self._may(person, request):
                reason = IneligibleReason.NOT_CONCERNED
                entry = self.writer.entry(request, reason, job, AuditEvent.REFUSED)
                await self.writer.requests.note(entry)
                return MayNotDecide(request, reason)
            if isinstance(command, Cancel) and brownout.enable_at is None:
                return TooLate(request)
            if after := await self._store(job, person, request, command, brownout):
                return _said(after, command)
        return NoSuchRequest(command.id)

    async def _store(
        self,
        job: Job,
        person: Person,
        request: Request,
        command: Cancel | Result,
        brownout: Brownout,
    ) -> Request | None:
        now, by = self.writer.audit_log.clock.now(), job.actor
        at_once = min(brownout.enable_at, now) if brownout.enable_at else None
        told = [redraw(request.id, Topic.BROWNOUT_REPORT)]
        if isinstance(command, Cancel):
            new, detail = replace(brownout, enable_at=at_once), ENABLE_NOW
        else:
            comment, detail = command.comment or "", str(command.what)
            report = Report(by, person.name, command.broke, now, comment)
            new = brownout.reported(report)
            new = replace(new, enable_at=at_once) if command.broke else new
            topic = Topic.BROWNOUT_REPORT
            told.append(in_thread(request.id, topic, by=by.user_id, text=comment))
        after = replace(request, brownout=new, version=request.version + 1)
        event = AuditEvent.DECIDED
        return await self.writer.write(request, after, detail, told, job, event, effect=STORED)

    def _may(self, person: Person, request: Request) -> bool:
        if person.actor in request.people:
            return True
        place = place_of(request.terms)
        decision = self.authorizer.decide(person, Action.KEY_BROWNOUT, place)
        return not isinstance(decision, Refused)


def _said(request: Request, command: Cancel | Result) -> Outcome:
    if isinstance(command, Cancel):
        return BrownoutEnding(request)
    return BrownoutReported(request, command.broke)
