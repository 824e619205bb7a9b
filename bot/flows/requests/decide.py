"""Decides on requests: the one function behind every button, every command and the shell."""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from bot.domain.audit import AuditEvent
from bot.domain.commands.requests import Approve, AskAbout, Cancel, Deciding, Deny, Review, Withdraw
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import (
    MayNotDecide,
    MoreNeeded,
    QuestionSent,
    TooLate,
    Voided,
    Voted,
)
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.requests.changes import cancel, expire, reviewed, vote, withdraw
from bot.domain.requests.machine import Cause, Event, Request, State, Unchanged, Verdict, move
from bot.domain.requests.notifications import Topic, in_thread, to_person
from bot.domain.requests.votes import IneligibleReason, Vote
from bot.domain.sign_in import SignedVote
from bot.flows.ports import Clock
from bot.flows.request_ports import VoteSignIns
from bot.flows.request_writer import RequestWriter, to_requester
from bot.flows.requests.eligibility import VOID, Eligibility, TermsCheck, Voter
from bot.flows.requests.settle import DECIDED, Settler, counted

ASKED: Final = f"{DECIDED}question"
"""The effect of a job whose question is stored."""
LEAVES: Final = {
    Event.VOTE_FOR: True,
    Event.APPROVE: True,
    Event.VOTE_AGAINST: False,
    Event.DENY: False,
    Event.WITHDRAW: None,
}
"""The vote that a person has after their decision, for or against, until they decide otherwise."""


@dataclass(frozen=True)
class Decider:
    """Takes votes, and everything else that people decide about a request."""

    eligibility: Eligibility
    terms: TermsCheck
    settler: Settler
    writer: RequestWriter
    clock: Clock
    sign_ins: VoteSignIns

    async def decide(self, job: Job, person: Person, command: Deciding) -> Outcome:
        """Carry out one decision on the request as it is now."""
        request = await self.writer.requests.load(command.id)
        if request is None:
            return NoSuchRequest(command.id)
        if job.effect == ASKED:
            return QuestionSent(request)
        if event := counted(job):  # its process died before the end: it decides nothing again
            has = {it.by: it.approves for it in request.current_votes}.get(person.actor)
            stands = event not in LEAVES or has is LEAVES[event]
            return Voted(request, event) if stands else RequestShown(request)
        request = await self._in_time(job, request)
        match command:
            case Cancel() if person.actor != request.terms.requester:
                return await self._refuse(job, request, IneligibleReason.NOT_YOURS)
            case Cancel() | Withdraw():
                change = cancel if isinstance(command, Cancel) else withdraw
                return await self.settler.settle(
                    job, request, lambda it: change(it, person.actor, self.clock.now())
                )
            case Approve() | Deny() | Review() | AskAbout():
                return await self._as_approver(job, person, request, command)
            case _:
                assert_never(command)

    async def refusal(self, person: Person, request: Request, deciding: type) -> Outcome | None:
        """Tell what would refuse a decision, before a person fills its form in."""
        over = request.state is not State.PENDING or request.expires_at <= self.clock.now()
        if (deciding is Deny and over) or (deciding is Review and not request.unreviewed):
            return TooLate(request)
        if deciding not in {Deny, Review, AskAbout}:
            return None
        voter = await self.eligibility.glance(person, request)
        allowed = voter.may_review if deciding is Review else voter.may_deny
        return None if allowed or voter.reason is None else MayNotDecide(request, voter.reason)

    async def _in_time(self, job: Job, request: Request) -> Request:
        """Expire a request whose time is over, before the next look at deadlines does."""
        verdict = expire(request, self.clock.now())
        if isinstance(verdict, Unchanged):
            return request
        notifications = to_requester(request, Topic.EXPIRED)
        expired = await self.writer.write(
            request, verdict.request, Event.EXPIRE, notifications, job, AuditEvent.DECIDED
        )
        return expired or await self.writer.requests.load(request.id) or request

    async def _as_approver(
        self,
        job: Job,
        person: Person,
        request: Request,
        command: Approve | Deny | Review | AskAbout,
    ) -> Outcome:
        votes = isinstance(command, Approve | Deny)
        if votes and request.state is not State.PENDING:
            return TooLate(request)
        voter = await self.eligibility.voter(person, request)
        against = isinstance(command, Deny | AskAbout) and voter.may_deny
        if voter.reason and not against:
            return await self._refuse(job, request, voter.reason)
        if isinstance(command, AskAbout):
            return await self._ask(job, request, command.question)
        if votes and not await self.terms.holds(request):
            return await self._void(job, request)
        signed = await self._signed(request, person, command)
        if _missing(request, person, command, signed):  # or another press has spent the sign-in
            request = await self.writer.requests.load(request.id) or request
        missing = _missing(request, person, command, signed)
        if missing and isinstance(command, Approve):
            return MoreNeeded(request, missing, unsigned=not command.confirm)

        def judge(current: Request) -> Verdict:
            new = self._vote(person, voter, current, command)
            if isinstance(command, Review):
                return reviewed(current, new)
            if any(it.by == new.by and it.approves is new.approves for it in current.current_votes):
                return Unchanged(current)
            return vote(current, new, new.at)

        return await self.settler.settle(job, request, judge, signed)

    async def _signed(
        self, request: Request, person: Person, command: Deciding
    ) -> SignedVote | None:
        """Read the sign-in that a vote may rest on in place of the typed name."""
        typed = not isinstance(command, Approve) or command.confirm
        if typed or not request.approval.high_risk:
            return None
        found = await self.sign_ins.find(request.id, person.actor)
        print_, now = request.terms.fingerprint, self.clock.now()
        return found if found and found.backs(person.actor, print_, now) else None

    def _vote(
        self, person: Person, voter: Voter, request: Request, command: Approve | Deny | Review
    ) -> Vote:
        comment = command.reason if isinstance(command, Deny) else command.comment
        vote = Vote(
            by=person.actor,
            name=person.name,
            cloudinary_id=person.cloudinary_id or "",
            holds=frozenset(),
            approves=not isinstance(command, Deny),
            at=self.clock.now(),
            fingerprint=request.terms.fingerprint,
            comment=comment or "",
        )
        return voter.stamp(vote, person)

    async def _refuse(self, job: Job, request: Request, reason: IneligibleReason) -> Outcome:
        """Refuse a decision; the audit log has those that do not count, too."""
        entry = self.writer.entry(request, reason, job, AuditEvent.REFUSED)
        await self.writer.requests.note(entry)
        return MayNotDecide(request, reason)

    async def _ask(self, job: Job, request: Request, question: str) -> Outcome:
        entry = self.writer.entry(request, "question", job, AuditEvent.ASKED)
        requester, user = request.terms.requester.user_id, job.actor.user_id
        notifications = [
            in_thread(request.id, Topic.QUESTION, by=user, text=question),
            to_person(request.id, Topic.QUESTION, requester, by=user, text=question),
        ]
        await self.writer.requests.note(entry, notifications, replace(job, effect=ASKED))
        return QuestionSent(request)

    async def _void(self, job: Job, request: Request) -> Outcome:
        verdict = move(replace(request, outcome=VOID), Event.CANCEL, Cause.ENGINE, self.clock.now())
        notifications = to_requester(request, Topic.VOID)
        void = await self.writer.write(
            request, verdict.request, VOID, notifications, job, AuditEvent.DECIDED
        )
        return Voided(void) if void else TooLate(request)


def _missing(
    request: Request, person: Person, command: Deciding, signed: SignedVote | None
) -> tuple[str, ...]:
    """Name the fields that this approval needs and that the command leaves empty or wrong.

    One that counts already needs nothing: a second press is told that it does.
    """
    counts = any(it.by == person.actor and it.approves for it in request.current_votes)
    if counts or not isinstance(command, Approve):
        return ()
    approval = request.approval
    comment = ["comment"] if approval.comment and not command.comment else []
    confirm = approval.high_risk and not signed and command.confirm != request.terms.name
    return (*comment, *(["confirm"] if confirm else []))
