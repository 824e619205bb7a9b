"""Executes approved requests: once, on the frozen terms, if they still hold.

APPROVED → EXECUTING is the intent: one conditional write, after everything was read again. Then
the plan is applied exactly as a command that needs no approval would be, on the authority of the
request. What a crash leaves:
- before EXECUTING: an approved request; the job runs again, and everything is read again;
- while EXECUTING: the job runs again and recognises its own effect (`bot.flows.keys.change`);
- after the effect, before the request is settled: likewise, and the request follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import read
from bot.domain.commands.keys import CreateKey, KeyChange
from bot.domain.commands.requests import Renew, RequestKey
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Located
from bot.domain.outcomes.decisions import TooLate, Voided
from bot.domain.outcomes.general import Failed
from bot.domain.outcomes.keys import KeyChanged, KeyCreated, NothingToChange
from bot.domain.outcomes.kinds import kind_of
from bot.domain.outcomes.requests import NoSuchRequest, Renewed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import TurnedAway
from bot.domain.policy import Action
from bot.domain.requests.machine import Cause, Event, Moved, Request, State, move
from bot.domain.requests.notifications import Notification, Topic, announce
from bot.domain.requests.votes import distinct, reached
from bot.errors import RateLimited, SlackAway, Unavailable
from bot.flows.audit import AuditLog, about_request
from bot.flows.identity import People
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.plan import plan_change
from bot.flows.plan import Approved, Plan
from bot.flows.ports import Account
from bot.flows.request_ports import Requests
from bot.flows.requests.eligibility import Eligibility
from bot.flows.requests.settle import VOID, settled
from bot.flows.requests.terms_check import TermsCheck

SOAK = timedelta(days=7)
"""How long a key is kept disabled before it is deleted; until then it can be restored."""


@dataclass(frozen=True)
class Executor:
    """Does what approvers approved."""

    people: People
    account: Account
    requests: Requests
    eligibility: Eligibility
    terms: TermsCheck
    applier: KeyApplier
    audit_log: AuditLog

    async def run(self, job: Job) -> Outcome:
        """Execute the job's request; one that is over is only told of."""
        request = await self.requests.load(job.request)
        if request is None:
            return NoSuchRequest(job.request)
        if request.state is State.APPROVED:
            if not await self._still_approved(request):
                return await self._void(job, request)
            begun = await self._moved(job, request, Event.BEGIN, ())
            request = begun or await self.requests.load(request.id) or request
        if request.state is not State.EXECUTING:
            return TooLate(request)
        return await self._execute(job, request)

    async def _still_approved(self, request: Request) -> bool:
        """Read every voter again, uncached: the votes were cast a while ago."""
        if not await self.terms.holds(request):
            return False
        if request.waived:
            return True  # no vote was needed
        able = []
        for vote in distinct(request.approving, request.terms.fingerprint):
            who = await self.people.identify(vote.by, fresh=True)
            if isinstance(who, TurnedAway):
                continue
            voter = await self.eligibility.voter(who.person, request)
            if voter.reason is None:
                able.append(replace(vote, holds=voter.held, on_behalf_of=voter.on_behalf_of))
        return reached(distinct(able, request.terms.fingerprint), request.approval)

    async def _void(self, job: Job, request: Request) -> Outcome:
        void = replace(request, outcome=VOID)
        after = await self._moved(job, void, Event.CANCEL, settled(request, Topic.VOID))
        return Voided(after or request)

    async def _execute(self, job: Job, request: Request) -> Outcome:
        who = await self.people.identify(request.terms.requester, fresh=True)
        if isinstance(who, TurnedAway):
            return await self._failed(job, request, who)
        plan = await self._plan(request, job.text)
        if not isinstance(plan, Plan):
            return await self._failed(job, request, plan)
        outcome = await self.applier.apply(job, who.person, plan, Approved(request))
        match outcome:
            case KeyCreated(pending):
                made = replace(request, made=pending.api_key)
                return await self._over(job, made, Event.HAND_OVER, outcome)
            case KeyChanged() | NothingToChange() | Renewed():
                return await self._over(job, self._soaking(request), Event.FINISH, outcome)
            case _:
                return await self._failed(job, request, outcome)

    async def _plan(self, request: Request, text: str) -> Plan | NoSuchRequest:
        """Plan the frozen command again: its target is found by the API key in its terms."""
        terms, command = request.terms, read(text)
        place = Environment(terms.environment_id, terms.environment_name, terms.cloud_name)
        match command:
            case Renew() | CreateKey() | RequestKey():
                return Plan(command, place, terms.name, owner=terms.owner)
            case _ if isinstance(command, KeyChange):
                keys = await self.account.keys(place.id)
                found = [key for key in keys if key.api_key == terms.key]
                if not found:
                    return NoSuchRequest(terms.key)
                return plan_change(command, Located(found[0], place))
            case _:
                return NoSuchRequest(terms.command)

    def _soaking(self, request: Request) -> Request:
        """A key that is to be deleted is only disabled at first: Cloudinary has no undelete."""
        if request.terms.action is not Action.KEY_DELETE:
            return request
        return replace(request, delete_at=self.audit_log.clock.now() + SOAK)

    async def _over(self, job: Job, request: Request, event: Event, outcome: Outcome) -> Outcome:
        soaking = Topic.SOAKING if request.delete_at else Topic.DONE
        topic = Topic.READY if event is Event.HAND_OVER else soaking
        to = request.terms.owner if event is Event.HAND_OVER else request.terms.requester
        await self._moved(job, request, event, announce(request.id, topic, to=to.user_id))
        return outcome

    async def _failed(self, job: Job, request: Request, outcome: Outcome) -> Outcome:
        failed = replace(request, outcome=kind_of(outcome))
        await self._moved(job, failed, Event.FAIL, settled(request, Topic.FAILED))
        return outcome

    async def may_wait(self, job: Job, error: Exception) -> bool:
        """Whether the job is tried again later, for as long as an outage lasts.

        Before execution has begun everything is read again first. Afterwards only Slack is waited
        for, which says who people are; what Cloudinary did may be in doubt.
        """
        request = await self.requests.load(job.request) if job.request else None
        if request is None:
            return False
        if request.state is State.APPROVED:
            return isinstance(error, SlackAway | RateLimited | Unavailable)
        return request.state is State.EXECUTING and isinstance(error, SlackAway)

    async def give_up(self, job: Job) -> None:
        """Settle an approved request as failed: nothing more is tried."""
        request = await self.requests.load(job.request) if job.request else None
        if request and request.state is State.APPROVED:
            request = await self._moved(job, request, Event.BEGIN, ())
        if request and request.state is State.EXECUTING:
            failed = replace(request, outcome=Failed.kind)
            await self._moved(job, failed, Event.FAIL, settled(request, Topic.FAILED))

    async def _moved(
        self, job: Job, request: Request, event: Event, notifications: Sequence[Notification]
    ) -> Request | None:
        """Move the request; None where another process did so before."""
        verdict = move(request, event, Cause.ENGINE, self.audit_log.clock.now())
        if not isinstance(verdict, Moved):
            return None
        after = verdict.request
        detail = f"{event} {after.outcome}"
        entry = self.audit_log.entry(job, AuditEvent.MOVED, about_request(after), detail)
        return after if await self.requests.replace(request, after, entry, notifications) else None
