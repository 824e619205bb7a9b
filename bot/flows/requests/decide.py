"""Deciding on a request: the one function behind every button, command and shell."""

from dataclasses import dataclass, replace
from typing import assert_never

from bot.domain.audit import AuditEvent
from bot.domain.commands.requests import Approve, AskAbout, Cancel, Deciding, Deny, Review, Withdraw
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import MayNotDecide, MoreNeeded, QuestionSent, TooLate, Voided
from bot.domain.outcomes.requests import NoSuchRequest
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.requests.changes import cancel, expire, reviewed, vote, withdraw
from bot.domain.requests.machine import Cause, Event, Moved, Request, Settled, State, Verdict, move
from bot.domain.requests.notifications import Topic, in_thread, to_person
from bot.domain.requests.votes import IneligibleReason, Vote
from bot.flows.audit import AuditLog, about_request
from bot.flows.request_ports import Requests
from bot.flows.requests.eligibility import Eligibility, Voter
from bot.flows.requests.settle import VOID, Judge, Settler, settled
from bot.flows.requests.terms_check import TermsCheck


@dataclass(frozen=True)
class Decider:
    """Counts words on requests."""

    requests: Requests
    eligibility: Eligibility
    terms: TermsCheck
    settler: Settler
    audit_log: AuditLog

    async def decide(self, job: Job, person: Person, command: Deciding) -> Outcome:
        """Carry one decision out, on what is true now."""
        request = await self.requests.load(command.id)
        if request is None:
            return NoSuchRequest(command.id)
        request = await self._in_time(job, request)
        match command:
            case Cancel():
                return await self._cancel(job, person, request)
            case AskAbout():
                return await self._ask(job, person, request, command.question)
            case Withdraw():
                taking_back = self._taking_back(person)
                return await self.settler.settle(job, request, taking_back)
            case Approve() | Deny():
                return await self._vote(job, person, request, command)
            case Review():
                return await self._review(job, person, request, command.comment)
            case _:
                assert_never(command)

    async def _in_time(self, job: Job, request: Request) -> Request:
        """Let a request whose time has run out expire now, not when the clock is looked at next."""
        verdict = expire(request, self.audit_log.clock.now())
        if not isinstance(verdict, Moved):
            return request
        after = verdict.request
        entry = self.audit_log.entry(job, AuditEvent.DECIDED, about_request(after), Event.EXPIRE)
        notifications = settled(after, Topic.EXPIRED)
        kept = await self.requests.replace(request, after, entry, notifications)
        return after if kept else await self.requests.load(request.id) or request

    async def _vote(
        self, job: Job, person: Person, request: Request, command: Approve | Deny
    ) -> Outcome:
        if request.state is not State.PENDING:
            return TooLate(request)
        voter = await self.eligibility.voter(person, request)
        if voter.reason:
            return await self._refused(job, request, voter.reason)
        if not await self.terms.holds(request):
            return await self._void(job, request)
        missing = _missing(request, command)
        if missing:
            return MoreNeeded(request, missing)
        return await self.settler.settle(job, request, self._voting(person, voter, command))

    async def _review(self, job: Job, person: Person, request: Request, comment: str) -> Outcome:
        voter = await self.eligibility.voter(person, request)
        if voter.reason:
            return await self._refused(job, request, voter.reason)
        word = self._word(person, voter, request, approves=True, comment=comment)
        return await self.settler.settle(job, request, lambda it: reviewed(it, word))

    def _word(
        self, person: Person, voter: Voter, request: Request, *, approves: bool, comment: str
    ) -> Vote:
        return Vote(
            by=person.actor,
            name=person.name,
            cloudinary_id=person.cloudinary_id or "",
            holds=voter.held,
            approves=approves,
            at=self.audit_log.clock.now(),
            fingerprint=request.terms.fingerprint,
            comment=comment,
            on_behalf_of=voter.on_behalf_of,
        )

    def _voting(self, person: Person, voter: Voter, command: Approve | Deny) -> Judge:
        approves = isinstance(command, Approve)
        said = command.comment if isinstance(command, Approve) else command.reason

        def judge(request: Request) -> Verdict:
            if _said(request, person) is approves:
                return Settled(request)
            word = self._word(person, voter, request, approves=approves, comment=said or "")
            return vote(request, word, word.at)

        return judge

    def _taking_back(self, person: Person) -> Judge:
        return lambda request: withdraw(request, person.actor, self.audit_log.clock.now())

    async def _cancel(self, job: Job, person: Person, request: Request) -> Outcome:
        if person.actor != request.terms.requester:
            return await self._refused(job, request, IneligibleReason.NOT_YOURS)
        return await self.settler.settle(
            job, request, lambda it: cancel(it, person.actor, self.audit_log.clock.now())
        )

    async def _refused(self, job: Job, request: Request, reason: IneligibleReason) -> Outcome:
        """A word that does not count is on the record all the same."""
        entry = self.audit_log.entry(job, AuditEvent.REFUSED, about_request(request), reason)
        await self.requests.note(entry)
        return MayNotDecide(request, reason)

    async def _ask(self, job: Job, person: Person, request: Request, question: str) -> Outcome:
        voter = await self.eligibility.voter(person, request)
        if voter.reason:
            return await self._refused(job, request, voter.reason)
        entry = self.audit_log.entry(job, AuditEvent.ASKED, about_request(request), "question")
        user = person.actor.user_id
        notifications = [
            in_thread(request.id, Topic.QUESTION, by=user, text=question),
            to_person(
                request.id, Topic.QUESTION, request.terms.requester.user_id, by=user, text=question
            ),
        ]
        await self.requests.note(entry, notifications)
        return QuestionSent(request)

    async def _void(self, job: Job, request: Request) -> Outcome:
        verdict = move(request, Event.CANCEL, Cause.ENGINE, self.audit_log.clock.now())
        if not isinstance(verdict, Moved):
            return TooLate(request)
        after = replace(verdict.request, outcome=VOID)
        entry = self.audit_log.entry(job, AuditEvent.DECIDED, about_request(after), VOID)
        notifications = settled(after, Topic.VOID)
        kept = await self.requests.replace(request, after, entry, notifications)
        return Voided(after) if kept else TooLate(request)


def _said(request: Request, person: Person) -> bool | None:
    """What this person said of it so far."""
    said = [each for each in request.current_votes if each.by == person.actor]
    return said[0].approves if said else None


def _missing(request: Request, command: Approve | Deny) -> tuple[str, ...]:
    if isinstance(command, Deny):
        return ()
    wants = request.approval
    unsaid = ["comment"] if wants.comment and not command.comment else []
    untyped = ["confirm"] if wants.high_risk and command.confirm != request.terms.name else []
    return (*unsaid, *untyped)
