"""Executes approved requests: once, on the frozen terms, if they still hold.

APPROVED → EXECUTING is the intent: one conditional write, after everything is read again. Then the
plan is applied exactly as a command that needs no approval, on the authority of the request. What a
crash leaves:
- before EXECUTING: an approved request; the job runs again, and everything is read again;
- while EXECUTING: the job runs again and recognises its own effect (`bot.flows.keys.apply`), or
  asks everything again where there is none;
- after the effect is recorded, before the request is settled: the request follows, and nothing is
  changed again.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.brownouts import ALREADY, SETTLES
from bot.domain.commands.environments import EnvironmentChange
from bot.domain.commands.grammar import read
from bot.domain.commands.groups import GroupChange
from bot.domain.commands.key_records import RecordChange
from bot.domain.commands.keys import CreateKey, KeyChange, RolesOfKey
from bot.domain.commands.requests import Renew, RequestKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.commands.users import LinkUser, OffboardUser, UserChange
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Located
from bot.domain.outcomes.access import UserLinked
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.outcomes.decisions import TooLate, Voided
from bot.domain.outcomes.environment_changes import (
    EnvironmentChanged,
    EnvironmentCreated,
    EnvironmentUnchanged,
)
from bot.domain.outcomes.environments import TierFixed, TierUnchanged
from bot.domain.outcomes.general import Failed, Fault
from bot.domain.outcomes.groups import GroupChanged, GroupUnchanged
from bot.domain.outcomes.key_records import (
    CoOwnerChanged,
    KeyNoted,
    KeyTagged,
    OwnerAssigned,
    RecordUnchanged,
)
from bot.domain.outcomes.keys import KeyChanged, KeyCreated, NothingToChange
from bot.domain.outcomes.kinds import result_stored
from bot.domain.outcomes.requests import NoSuchRequest, Renewed
from bot.domain.outcomes.roles import RolesChanged, RoleUnchanged
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserChanged, UserUnchanged
from bot.domain.people import Person, TurnedAway
from bot.domain.policy import Action
from bot.domain.requests.brownouts import begin, told, undone
from bot.domain.requests.machine import Cause, Event, Request, State, move
from bot.domain.requests.notifications import Topic
from bot.domain.requests.votes import distinct, reached
from bot.errors import RateLimited, SlackAway, Unavailable
from bot.flows.identity import People
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.plan import plan_change, plan_role
from bot.flows.keys.record_plan import plan_record
from bot.flows.plan import Approved, Plan
from bot.flows.ports import Account, Clock
from bot.flows.request_ports import Notifications
from bot.flows.request_writer import RequestWriter, to_owner, to_requester
from bot.flows.requests.eligibility import VOID, Eligibility, TermsCheck

SOAK = timedelta(days=7)
"""How long a key stays disabled before its deletion; until then it can be restored."""


@dataclass(frozen=True)
class Executor:
    """Executes what approvers approved."""

    people: People
    account: Account
    eligibility: Eligibility
    terms: TermsCheck
    applier: KeyApplier
    writer: RequestWriter
    clock: Clock

    async def run(self, job: Job) -> Outcome:
        """Execute the job's request; a request that is over only gives its state."""
        request = await self._load(job)
        if request is None:
            return NoSuchRequest(job.request)
        began = request.state is State.APPROVED
        if began:
            if not await self.still_approved(request):
                void = await self._void(self.people.name(job), request)
                return Voided(void) if void else TooLate(await self._load(job) or request)
            job = self.people.name(job)
            begun = await self._move(job, request, Event.BEGIN)
            request = begun or await self._load(job) or request
        if request.state is not State.EXECUTING:
            return TooLate(request)
        if _is_recorded(job):
            restored = await self._is_restored(request)
            return TooLate(await self._settle(job, request, restored=restored) or request)
        done = not began and await self._is_done(job, request)
        if not (began or done or await self.still_approved(request)):
            await self._fail(job, request, VOID)
            return Voided(await self._load(job) or request)
        outcome = await self._apply(job, request, done=done)
        await self._finish(job, request, outcome)
        return outcome

    async def _is_done(self, job: Job, request: Request) -> bool:
        """After a restart or a wait: whether the effect exists already."""
        plan = await self._plan(request, job.text)
        return isinstance(plan, Plan) and await self.applier.done(job, plan)

    async def _void(self, job: Job, request: Request) -> Request | None:
        void, notifications = replace(request, outcome=VOID), to_requester(request, Topic.VOID)
        return await self._move(job, void, Event.CANCEL, notifications)

    async def _load(self, job: Job) -> Request | None:
        return await self.writer.requests.load(job.request) if job.request else None

    async def still_approved(self, request: Request) -> bool:
        """Read every voter again, uncached: the votes may be old."""
        if not await self.terms.holds(request):
            return False
        if request.waived:
            return True  # no vote was needed
        mark = request.terms.fingerprint
        read = [
            await self.eligibility.again(it, request) for it in distinct(request.approving, mark)
        ]
        return reached(distinct(filter(None, read), mark), request.approval)

    async def _apply(self, job: Job, request: Request, *, done: bool) -> Outcome:
        """Apply the plan; what is done already is also recorded for a person who has left."""
        terms, asker = request.terms, request.asker
        who = await self.people.identify(terms.requester, fresh=True)
        if isinstance(who, TurnedAway) and not done:
            return who
        former = Person(terms.requester, asker.name, asker.email, None, asker.cloudinary_id or None)
        person = former if isinstance(who, TurnedAway) else who.person
        job = job.by(person)
        plan = await self._plan(request, job.text)
        if not isinstance(plan, Plan):
            return plan
        return await self.applier.apply(
            job, person, plan, Approved(request, request.approval.notify)
        )

    async def _plan(self, request: Request, text: str) -> Plan | NoSuchRequest:
        """Plan the frozen command again: its target is found by the API key in its terms."""
        terms, command = request.terms, read(text)
        place = Environment(terms.environment_id, terms.environment_name, terms.cloud_name)
        match command:
            case Renew() | CreateKey() | RequestKey() | LinkUser() | RotateKey():
                name = terms.rotation.successor if terms.rotation else terms.name
                made = Plan(command, place, name, owner=terms.owner, role=terms.role)
                return replace(made, rotation=terms.rotation)
            case OffboardUser():
                return Plan(command, place, terms.name, parts=terms.parts)
            case _ if isinstance(command, GroupChange):
                return Plan(command, place, terms.name, group=terms.group)
            case _ if isinstance(command, UserChange):
                master = terms.action is Action.USER_MASTER_ADMIN
                named = Plan(command, place, terms.name, user=terms.user)
                return replace(named, master_admin=master, opens=terms.opens)
            case _ if isinstance(command, EnvironmentChange):
                return Plan(command, place, terms.name)
            case _ if isinstance(command, KeyChange | RolesOfKey | RecordChange):
                keys = await self.account.keys(place.id)
                found = [key for key in keys if key.api_key == terms.key]
                if not found:
                    return NoSuchRequest(terms.key)
                here = Located(found[0], place)
                if isinstance(command, RolesOfKey):
                    return plan_role(command, here, terms.role)
                if isinstance(command, RecordChange):
                    return replace(plan_record(command, here), owner=terms.owner)
                return plan_change(command, here)
            case _:
                return NoSuchRequest(terms.command)

    async def _finish(self, job: Job, request: Request, outcome: Outcome) -> None:
        match outcome:
            case KeyCreated(pending):
                made = replace(request, made=pending.api_key)
                await self._move(job, made, Event.HAND_OVER, to_owner(request, Topic.READY))
            case NothingToChange() if request.brownout:
                await self._fail(job, request, ALREADY)
            case (
                KeyChanged()
                | NothingToChange()
                | Renewed()
                | UserLinked()
                | UserChanged()
                | UserUnchanged()
                | TierFixed()
                | TierUnchanged()
                | EnvironmentCreated()
                | EnvironmentChanged()
                | EnvironmentUnchanged()
                | RolesChanged()
                | RoleUnchanged()
                | OwnerAssigned()
                | CoOwnerChanged()
                | KeyNoted()
                | KeyTagged()
                | RecordUnchanged()
                | GroupChanged()
                | GroupUnchanged()
            ):
                await self._settle(job, request)
            case BulkReported(bulk) if bulk.complete:
                await self._settle(job, request)
            case _:
                await self._fail(job, request, result_stored(outcome))

    async def _is_restored(self, request: Request) -> bool:
        """Whether a person has enabled the key since it was disabled for its deletion."""
        if request.terms.action is not Action.KEY_DELETE:
            return False
        keys = await self.account.keys(request.terms.environment_id)
        return any(key.api_key == request.terms.key and key.enabled for key in keys)

    async def _settle(
        self, job: Job, request: Request, *, restored: bool = False
    ) -> Request | None:
        """Settle a request whose change is done; the key of a deletion is only disabled yet."""
        done, topic = request, Topic.DONE
        if restored:
            done, topic = replace(request, outcome=Topic.RESTORED), Topic.RESTORED
        elif request.terms.action is Action.KEY_DELETE:
            done, topic = replace(request, delete_at=self.clock.now() + SOAK), Topic.SOAKING
        told_ = to_requester(request, topic)
        if request.brownout:
            done = begin(request, job.begun_at or self.clock.now())
            told_ = told(done, Topic.BROWNOUT_BEGUN)
        return await self._move(job, done, Event.FINISH, told_)

    async def may_wait(self, job: Job, error: Exception) -> bool:
        """Whether the job is tried again later, for as long as an outage lasts.

        Before execution begins, everything is read again first. Afterwards the job waits only for
        Slack, which identifies people; after a failure of Cloudinary the effect is uncertain.
        """
        request = await self._load(job)
        if request is None:
            return False
        if request.state is State.APPROVED:
            return isinstance(error, SlackAway | RateLimited | Unavailable)
        return request.state is State.EXECUTING and isinstance(error, SlackAway)

    async def give_up(self, job: Job, fault: Fault = Fault.INTERNAL) -> None:
        """Settle an approved request, as failed unless its change is recorded: no other try."""
        request = await self._load(job)
        if request and request.state is State.APPROVED:
            request = await self._move(job, request, Event.BEGIN)
        if request and request.state is State.EXECUTING and _is_recorded(job):
            await self._settle(job, request)
        elif request and request.state is State.EXECUTING:
            await self._fail(job, request, f"{Failed.kind}:{fault}")

    async def _fail(self, job: Job, request: Request, kind: str) -> None:
        await self.applier.give_up(job, kind)
        failed = undone(replace(request, outcome=kind), self.clock.now() + SETTLES)
        await self._move(job, failed, Event.FAIL, to_requester(request, Topic.FAILED))

    async def _move(
        self, job: Job, request: Request, event: Event, notifications: Notifications = ()
    ) -> Request | None:
        """Move the request; None if another process moved it first."""
        after = move(request, event, Cause.ENGINE, self.clock.now()).request
        detail = f"{event} {after.outcome}"
        return await self.writer.write(request, after, detail, notifications, job)


def _is_recorded(job: Job) -> bool:
    """Whether the job's change is done and recorded; a person may have undone it since."""
    return job.finished and bool(job.effect)
