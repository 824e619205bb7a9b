"""Deciding on a request: the one function behind every button, command and shell."""

from dataclasses import dataclass, replace
from typing import assert_never

from bot.domain.approvals import Unfit, Vote
from bot.domain.audit import Deed
from bot.domain.commands import Approve, AskAbout, Cancel, Deciding, Deny, Review, Withdraw
from bot.domain.decided import (
    MayNotDecide,
    NoSuchRequest,
    Passed,
    TooLate,
    Voided,
    WordWanted,
)
from bot.domain.errands import Errand
from bot.domain.moving import cancel, expire, reviewed, vote, withdraw
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.requests import Cause, Event, Moved, Request, Settled, State, Verdict, move
from bot.domain.sayings import Topic, in_thread, to_person
from bot.flows.audit import Scribe, about_request
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
    scribe: Scribe

    async def decide(self, errand: Errand, person: Person, command: Deciding) -> Outcome:
        """Carry one decision out, on what is true now."""
        request = await self.requests.load(command.id)
        if request is None:
            return NoSuchRequest(command.id)
        request = await self._in_time(errand, request)
        match command:
            case Cancel():
                return await self._cancel(errand, person, request)
            case AskAbout():
                return await self._ask(errand, person, request, command.question)
            case Withdraw():
                taking_back = self._taking_back(person)
                return await self.settler.settle(errand, request, taking_back)
            case Approve() | Deny():
                return await self._vote(errand, person, request, command)
            case Review():
                return await self._review(errand, person, request, command.comment)
            case _:
                assert_never(command)

    async def _in_time(self, errand: Errand, request: Request) -> Request:
        """Let a request whose time has run out expire now, not when the clock is looked at next."""
        verdict = expire(request, self.scribe.clock.now())
        if not isinstance(verdict, Moved):
            return request
        after = verdict.request
        entry = self.scribe.entry(errand, Deed.DECIDED, about_request(after), Event.EXPIRE)
        says = settled(after, Topic.EXPIRED)
        kept = await self.requests.replace(request, after, entry, says)
        return after if kept else await self.requests.load(request.id) or request

    async def _vote(
        self, errand: Errand, person: Person, request: Request, command: Approve | Deny
    ) -> Outcome:
        if request.state is not State.PENDING:
            return TooLate(request)
        voter = await self.eligibility.voter(person, request)
        if voter.why:
            return await self._refused(errand, request, voter.why)
        if not await self.terms.holds(request):
            return await self._void(errand, request)
        missing = _missing(request, command)
        if missing:
            return WordWanted(request, missing)
        return await self.settler.settle(errand, request, self._voting(person, voter, command))

    async def _review(
        self, errand: Errand, person: Person, request: Request, comment: str
    ) -> Outcome:
        voter = await self.eligibility.voter(person, request)
        if voter.why:
            return await self._refused(errand, request, voter.why)
        word = self._word(person, voter, request, agrees=True, comment=comment)
        return await self.settler.settle(errand, request, lambda it: reviewed(it, word))

    def _word(
        self, person: Person, voter: Voter, request: Request, *, agrees: bool, comment: str
    ) -> Vote:
        return Vote(
            by=person.actor,
            name=person.name,
            cloudinary_id=person.cloudinary_id or "",
            holds=voter.held,
            agrees=agrees,
            at=self.scribe.clock.now(),
            fingerprint=request.terms.fingerprint,
            comment=comment,
            stands_for=voter.stands_for,
        )

    def _voting(self, person: Person, voter: Voter, command: Approve | Deny) -> Judge:
        agrees = isinstance(command, Approve)
        said = command.comment if isinstance(command, Approve) else command.reason

        def judge(request: Request) -> Verdict:
            if _said(request, person) is agrees:
                return Settled(request)
            word = self._word(person, voter, request, agrees=agrees, comment=said or "")
            return vote(request, word, word.at)

        return judge

    def _taking_back(self, person: Person) -> Judge:
        return lambda request: withdraw(request, person.actor, self.scribe.clock.now())

    async def _cancel(self, errand: Errand, person: Person, request: Request) -> Outcome:
        if person.actor != request.terms.requester:
            return await self._refused(errand, request, Unfit.NOT_YOURS)
        return await self.settler.settle(
            errand, request, lambda it: cancel(it, person.actor, self.scribe.clock.now())
        )

    async def _refused(self, errand: Errand, request: Request, why: Unfit) -> Outcome:
        """A word that does not count is on the record all the same."""
        entry = self.scribe.entry(errand, Deed.REFUSED, about_request(request), why)
        await self.requests.note(entry)
        return MayNotDecide(request, why)

    async def _ask(
        self, errand: Errand, person: Person, request: Request, question: str
    ) -> Outcome:
        voter = await self.eligibility.voter(person, request)
        if voter.why:
            return await self._refused(errand, request, voter.why)
        entry = self.scribe.entry(errand, Deed.ASKED, about_request(request), "question")
        user = person.actor.user_id
        says = [
            in_thread(request.id, Topic.QUESTION, by=user, text=question),
            to_person(
                request.id, Topic.QUESTION, request.terms.requester.user_id, by=user, text=question
            ),
        ]
        await self.requests.note(entry, says)
        return Passed(request)

    async def _void(self, errand: Errand, request: Request) -> Outcome:
        verdict = move(request, Event.CANCEL, Cause.ENGINE, self.scribe.clock.now())
        if not isinstance(verdict, Moved):
            return TooLate(request)
        after = replace(verdict.request, outcome=VOID)
        entry = self.scribe.entry(errand, Deed.DECIDED, about_request(after), VOID)
        says = settled(after, Topic.VOID)
        kept = await self.requests.replace(request, after, entry, says)
        return Voided(after) if kept else TooLate(request)


def _said(request: Request, person: Person) -> bool | None:
    """What this person said of it so far."""
    said = [each for each in request.standing if each.by == person.actor]
    return said[0].agrees if said else None


def _missing(request: Request, command: Approve | Deny) -> tuple[str, ...]:
    if isinstance(command, Deny):
        return ()
    wants = request.approval
    unsaid = ["comment"] if wants.comment and not command.comment else []
    untyped = ["confirm"] if wants.high_risk and command.confirm != request.terms.name else []
    return (*unsaid, *untyped)
