"""Opens requests: only requests that can be granted, on terms that never change afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import render
from bot.domain.commands.text import escape
from bot.domain.environments import Environment
from bot.domain.jobs import Job, Reply
from bot.domain.keys import Key, Located
from bot.domain.outcomes.environment_changes import Uses
from bot.domain.outcomes.requests import AlreadyRequested, NotAskable, Requested
from bot.domain.outcomes.rotations import NotRotated, RotationStop
from bot.domain.people import Person
from bot.domain.policy import Action, NeedsApproval, Reach
from bot.domain.request_ids import SHOWN, length_apart
from bot.domain.requests.changes import submit, waive
from bot.domain.requests.deletions import is_restore, place_of
from bot.domain.requests.limits import NotAskableReason, may_spend, not_askable
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Hearing, Topic, redraw, to_person, to_security
from bot.domain.requests.past import approved_by_people, decided_by_people
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.flows.accounts.environment_uses import uses_of
from bot.flows.audit import AuditLog, about_request
from bot.flows.plan import Plan
from bot.flows.ports import Account, Jobs, Locks
from bot.flows.request_ports import Opening, Requests
from bot.flows.requests.approvers import Approvers
from bot.flows.requests.candidates import Able

LOOKED_AT = 100
"""Requests that a list reads: its cost does not grow with the number of stored requests."""
LOOKED_BACK = timedelta(days=90)
"""How far back evidence counts the requester's requests."""
COUNTED = 50
"""Past requests that evidence counts at most; a larger number would tell approvers no more."""
NAMED = 10
"""Approvers whose names a card shows."""


@dataclass(frozen=True)
class Opener:
    """Opens requests; `ttl` is how long approvers have, `policy_version` identifies the rules.

    `signs_in` is whether people can sign in with Slack.
    """

    requests: Requests
    approvers: Approvers
    account: Account
    jobs: Jobs
    locks: Locks
    audit_log: AuditLog
    policy_version: str
    ttl: timedelta
    signs_in: bool = False

    async def open(
        self, job: Job, person: Person, plan: Plan, decision: NeedsApproval, number: int = 0
    ) -> Requested | AlreadyRequested | NotAskable | NotRotated:
        """Freeze a plan and ask its approvers; running the job again opens no second request."""
        id_ = request_id(job, number)
        opened = await self.requests.load(id_)
        if opened:
            return Requested(opened)
        request = self._request(id_, job, person, plan, decision)
        async with self.locks.hold(f"asking:{job.actor}", job):  # a budget is spent once
            reason = not_askable(person, request, plan.emergency)
            if reason:
                return NotAskable(reason, request.approval)
            request = replace(request, shown=await self._shown(id_))
            waiver = _waiver(request, plan)
            if waiver:
                evidence = await self._evidence(request, plan.key, ())
                waived = replace(request, evidence=evidence)
                budgets = decision.budgets if waiver is Waiver.BUDGET else ()
                outcome = await self._store(job, waived, waiver, budgets)
                if outcome:
                    return outcome
            count = await self.approvers.count(request)
            if count.too_few(request.approval):
                reason = NotAskableReason.TOO_FEW if count.able else NotAskableReason.NO_APPROVER
                return NotAskable(reason, request.approval, len(count.able))
            evidence = await self._evidence(request, plan.key, count.able)
            outcome = await self._store(job, replace(request, evidence=evidence), None)
            return outcome or NotAskable(NotAskableReason.TOO_MANY, request.approval)

    async def _shown(self, id_: str) -> int:
        """Count the characters that tell the id from those of other open requests."""
        alike = await self.requests.beginning(id_[:SHOWN], None)
        return length_apart(id_, [each.id for each in alike if each.waits])

    async def _evidence(self, request: Request, key: Key | None, able: Sequence[Able]) -> Evidence:
        """Read what the card shows approvers beside the terms: the key, its siblings, the past."""
        place = request.terms.environment_id
        where = Environment(place, request.terms.environment_name, request.terms.cloud_name)
        uses = await uses_of(self.account, where) if place else Uses(0)
        stops = request.terms.action is Action.ENV_DISABLE
        past = await self.requests.opened_by(request.terms.requester, COUNTED)
        since, action = request.asked_at - LOOKED_BACK, request.terms.action
        past = [it for it in past if it.asked_at >= since and it.terms.action is action]
        last = await self.jobs.last_change(key.api_key) if key else None
        deletes = key if action is Action.KEY_DELETE else None
        runs = await self.requests.rotation_of(deletes.api_key) if deletes else None
        return Evidence(
            approvers=tuple(each.name for each in able[:NAMED]),
            siblings=uses.enabled or 0,
            unread=uses.enabled is None,
            changed_at=uses.changed_at if stops else None,
            created_at=key.created_at if key else None,
            enabled=key.enabled if key else None,
            last=f"{last.change} by {last.by} on {last.at:%-d %B %Y}" if last else "",
            decided=sum(decided_by_people(each) for each in past),
            approved=sum(approved_by_people(each) for each in past),
            rotation=f"{runs.short_id} {runs.rotation.phase}" if runs and runs.rotation else "",
        )

    async def _store(
        self, job: Job, request: Request, waiver: Waiver | None, budgets: Sequence[str] = ()
    ) -> Requested | AlreadyRequested | NotRotated | None:
        """Store the request; None where a limit is reached."""
        calls = request.approval.reach is not Reach.CHANNEL
        # The next look at deadlines tells approvers; the channel's card needs none.
        heard = Hearing(next_at=request.asked_at) if calls else Hearing()
        opened = submit(replace(request, heard=heard), request.asked_at).request
        if waiver:
            opened = waive(opened, waiver, opened.asked_at).request
        notifications = [redraw(opened.id, Topic.ASKED)]
        if waiver is Waiver.EMERGENCY:
            user, reason = opened.terms.requester.user_id, opened.terms.reason
            notifications.append(to_security(opened.id, Topic.EMERGENCY, by=user, text=reason))
        own = opened.brownout.owner if opened.brownout else None
        if own and own != opened.terms.requester:  # the person of the key hears before
            user = opened.terms.requester.user_id
            notifications.append(to_person(opened.id, Topic.BROWNOUT, own.user_id, by=user))
        restores = "restore: " if is_restore(opened.terms) else ""
        detail = f"{restores}{opened.policy} {waiver or ''}".rstrip()
        entry = self.audit_log.entry(job, AuditEvent.REQUESTED, about_request(opened), detail)
        follows = execution(opened) if waiver else None
        found = await self.requests.open(opened, entry, notifications, follows, budgets, once=True)
        if isinstance(found, Request) and opened.rotation and found.id != opened.id:
            return _running(found)
        if isinstance(found, Request):
            return AlreadyRequested(found, job.text)
        if found is Opening.TAKEN:
            return Requested(await self.requests.load(opened.id) or opened)
        return Requested(opened) if found is Opening.OPENED else None

    def _request(
        self, id_: str, job: Job, person: Person, plan: Plan, decision: NeedsApproval
    ) -> Request:
        now = self.audit_log.clock.now()
        role, user_id = person.role or "", person.cloudinary_id or ""
        return Request(
            id=id_,
            terms=_terms(job, plan),
            asker=Asker(
                person.name, person.email, role, user_id, plan.owner_id, plan.owner_mailbox
            ),
            approval=decision.approval,
            policy=decision.policy,
            policy_version=self.policy_version,
            asked_at=now,
            expires_at=now + self.ttl,
            since=now,
            rotation=plan.rotation.begun(now) if plan.rotation else None,
            brownout=plan.brownout,
            passphrase=job.passphrase,
            signs_in=self.signs_in,
        )


def _running(rotation: Request) -> NotRotated:
    """Answer with the rotation of the same key that was there first."""
    terms = rotation.terms
    key = Key(terms.key, terms.name, True, False, None, None)  # noqa: FBT003  # as it rotates
    return NotRotated(Located(key, place_of(terms)), RotationStop.RUNNING, rotation)


def _waiver(request: Request, plan: Plan) -> Waiver | None:
    """Tell why the request needs no approval before it runs, if so and if its budget lasts."""
    if plan.emergency:
        return Waiver.EMERGENCY
    if not request.approval.quorum:
        return Waiver.AT_ONCE
    return Waiver.BUDGET if may_spend(request) and not plan.by_vote else None


def _terms(job: Job, plan: Plan) -> Terms:
    place = plan.environment
    return Terms(
        action=plan.action,
        command=render(plan.command),
        environment_id=place.id,
        environment_name=place.name,
        cloud_name=place.cloud_name,
        tier=place.tier,
        key=plan.key.api_key if plan.key else "",
        name=plan.name,
        requester=job.actor,
        owner=plan.owner or job.actor,
        reason=plan.reason,
        lasts=plan.lasts,
        role=plan.role,
        loss=plan.loss,
        signer=plan.signer,
        group=plan.group,
        user=plan.user,
        parts=plan.parts,
        opens=plan.opens,
        rotation=plan.rotation,
    )


def request_id(job: Job, number: int = 0) -> str:
    """The id of a request that a job opens; `number` tells several apart from the start."""
    start = sha256(f"{job.id} {number}".encode()).hexdigest()[:16] if number else job.id
    return f"{start}r{number or ''}"


def execution(request: Request) -> Job:
    """The job that executes an approved request; its id is the request's."""
    return Job(
        id=request.id,
        actor=request.terms.requester,
        text=escape(request.terms.command),
        action=request.terms.action,
        reply=Reply(),
        accepted_at=request.asked_at,
        request=request.id,
    )
