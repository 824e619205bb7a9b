"""Creates a key, disabled, and stores its credentials as pending for their owner.

The order is lock, look for the name, intent, create, disable, role, pending credentials. The role
has an intent of its own, and is read back. What a crash leaves:
- before the intent: nothing happened;
- after the intent, before Cloudinary answered: the key may exist, enabled or not. The job runs
  again, finds the key by its name and adopts it only if this job created it;
- after the key exists, before its credentials are pending: a disabled key that the job adopts, and
  whose role it looks for. Without its role nothing is ever pending;
- after that: the owner collects the pending credentials, by a new link each time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.key_records import Happened, KeyRecord, Line
from bot.domain.keys import Credentials, Generated, Key, Located
from bot.domain.names import Looks
from bot.domain.outcomes.keys import KeyCreated, NameRefused, NameTaken
from bot.domain.outcomes.links import NothingToClaim
from bot.domain.outcomes.roles import RoleNotGiven
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.pending import PendingState
from bot.domain.people import Actor
from bot.domain.requests.deletions import CLOCK_SKEW
from bot.errors import Conflict, Unavailable
from bot.flows.audit import AuditLog, about_environment, about_key, about_role
from bot.flows.keys.names import name_obstacle
from bot.flows.keys.plan import key_named
from bot.flows.keys.role_steps import BirthRole
from bot.flows.links.collect import Collector
from bot.flows.passphrases import passphrase_of
from bot.flows.plan import Approved, Authority, Plan
from bot.flows.ports import Account, Jobs, Locks, PendingStore
from bot.flows.record_ports import KeyRecords

RECONCILE_AFTER = (0.5, 2.0, 5.0)
"""Seconds before each search for a key whose creation got no clear answer."""


@dataclass(frozen=True)
class KeyCreator:
    """Applies plans that create a key."""

    account: Account
    jobs: Jobs
    locks: Locks
    pending: PendingStore
    collector: Collector
    audit_log: AuditLog
    looks: Looks
    roles: BirthRole
    records: KeyRecords

    async def create(self, job: Job, plan: Plan, authority: Authority) -> Outcome:
        """Create the key; if no approval was needed, the requester gets the link at once."""
        async with self.locks.hold(f"environment:{plan.environment.id}", job):
            created = await self._create(job, plan, authority)
        if isinstance(created, NameTaken | NameRefused | RoleNotGiven):
            return created
        pending, credentials = created
        if isinstance(authority, Approved):
            return KeyCreated(pending)
        if pending.state is not PendingState.WAITING:
            return NothingToClaim()
        return await self.collector.hand_over(pending, credentials)

    async def done(self, job: Job, plan: Plan) -> bool:
        """Whether this job created the key before; it is disabled until its owner collects it."""
        if await self.pending.find_pending(job.id):
            return True
        key = await key_named(self.account, plan.environment, plan.name)
        begun = key and job.effect in _marks(plan)
        if not (key and begun and not key.enabled and await self._is_ours(job, key)):
            return False
        return await self.roles.given(Located(key, plan.environment), plan)

    async def _create(
        self, job: Job, plan: Plan, authority: Authority
    ) -> NameTaken | NameRefused | RoleNotGiven | tuple[Pending, Credentials | None]:
        """Create the key once: adopt a key of this name that this job created before."""
        place, name, (mark, gives) = plan.environment, plan.name, _marks(plan)
        keys = await self.account.keys(place.id)
        if stored := await self.pending.find_pending(job.id):
            return await self._stored(stored, keys), None
        passphrase = passphrase_of(job, plan, authority)
        there = next((key for key in keys if key.name == name), None)
        own = there and job.effect in {mark, gives} and await self._is_ours(job, there)
        if not own and (stop := name_obstacle(name, place, keys, self.looks)):
            return stop
        target = about_environment(place) | {"name": name}
        begun = self.audit_log.entry(job, AuditEvent.BEGUN, target, authority.policy)
        job = await self.jobs.begin(job, mark, begun)
        new = Generated(there, None) if there else await self._generate(job, plan)
        key = new.key
        if key.enabled:  # Cloudinary created it so
            key = await self.account.set_enabled(place.id, key.api_key, enabled=False)
        if dead := await self.roles.give(job, Located(key, place), plan, gives, authority):
            return dead
        return await self._store(job, plan, key, authority, passphrase), new.credentials

    async def _is_ours(self, job: Job, key: Key) -> bool:
        """Whether this job created the key: it is no older, and belongs to no other job."""
        pending = await self.pending.pending_for_key(key.api_key)
        if pending and pending.id != job.id:
            return False
        return key.created_at is None or key.created_at >= job.accepted_at - CLOCK_SKEW

    async def _generate(self, job: Job, plan: Plan) -> Generated:
        place, name = plan.environment, plan.name
        try:
            return await self.account.create_key(place, name)
        except Conflict:
            # A successor's name has the id of its rotation: the list lags behind a former try.
            found = await key_named(self.account, place, name) if plan.rotation else None
            if found is None or found.enabled or not await self._is_ours(job, found):
                raise
            return Generated(found, None)
        except Unavailable as error:
            if not error.maybe_done:
                raise
            found = await self._search(place, name)
            if found is None or not await self._is_ours(job, found):
                raise
            return Generated(found, None)

    async def _search(self, place: Environment, name: str) -> Key | None:
        """Find the key of a call that got no clear answer; the call is never repeated."""
        for delay in RECONCILE_AFTER:
            await asyncio.sleep(delay)
            if found := await key_named(self.account, place, name):
                return found
        return None

    async def _stored(self, pending: Pending, keys: Sequence[Key]) -> Pending:
        """Leave a key alone whose owner has it already; one that still waits is disabled."""
        key = next((each for each in keys if each.api_key == pending.api_key), None)
        if key and key.enabled and pending.state is PendingState.WAITING:
            await self.account.set_enabled(pending.environment_id, key.api_key, enabled=False)
        return pending

    async def _store(
        self, job: Job, plan: Plan, key: Key, authority: Authority, passphrase: str
    ) -> Pending:
        """Store the pending credentials of a disabled key that has its role."""
        place = plan.environment
        where = (place.id, place.name, place.cloud_name)
        approved = authority.request.terms.fingerprint if isinstance(authority, Approved) else ""
        owner, now = plan.owner or job.actor, self.audit_log.clock.now()
        pending = Pending(job.id, owner, *where, key.api_key, key.name, now, approved=approved)
        pending = replace(pending, passphrase=passphrase)
        here, roles = Located(key, place), plan.given
        if roles:
            useless = all(role.useless for role in roles)
            named = ", ".join(role.name for role in roles)
            pending = replace(pending, role=named, useless=useless)
        target = about_role(here, plan.role) if plan.role else about_key(here)
        target |= {"fingerprint": pending.fingerprint}
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, authority.policy)
        record = _record(job, pending, plan, authority)
        old = (
            authority.request.terms.key if plan.rotation and isinstance(authority, Approved) else ""
        )
        tags, also = await self._handed_on(old) if old else ((), ())
        also = tuple(each for each in also if each != owner)
        await self.pending.add_pending(pending, entry, replace(record, tags=tags), also)
        return pending

    async def _handed_on(self, api_key: str) -> tuple[tuple[str, ...], tuple[Actor, ...]]:
        """The tags and the co-owners of a key, which its successor has too."""
        record, own = await self.records.find(api_key), await self.pending.owner_of(api_key)
        return record.tags if record else (), own.also if own else ()


def _record(job: Job, pending: Pending, plan: Plan, authority: Authority) -> KeyRecord:
    """What is kept of the new key for good."""
    request = authority.request if isinstance(authority, Approved) else None
    now = pending.made_at
    return KeyRecord(
        *(pending.api_key, pending.environment_id, pending.name),
        enabled=False,
        first_seen_at=now,
        seen_at=now,
        environment_name=pending.environment_name,
        purpose=request.terms.reason if request else plan.reason,
        request=request.id if request else "",
        expires_at=request.ends_at if request else None,
        history=(Line(now, Happened.CREATED, job.actor, job=job.id),),
        claimed=False,
    )


def _marks(plan: Plan) -> tuple[str, str]:
    """The intents to create and to give a role, by which a job that runs again finds its key."""
    name = f"{plan.environment.id}:{plan.name}"
    return f"created:{name}", f"role:{name}"
