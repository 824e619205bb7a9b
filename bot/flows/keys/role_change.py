"""Applies plans that change the roles of an existing key."""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.keys import RolesOfKey
from bot.domain.jobs import Job
from bot.domain.key_roles import KeyRole, mark_of
from bot.domain.keys import ROLES, LastChange, Located, ProtectionReason
from bot.domain.outcomes.keys import KeyProtected, NoSuchKey
from bot.domain.outcomes.roles import RoleRefused, RolesChanged, RolesOvertaken, RoleUnchanged
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.keys.role_steps import RoleGiver, RoleStep
from bot.flows.plan import Authority, Plan
from bot.flows.ports import AccountReader, Done, Locks


@dataclass(frozen=True)
class RoleChanger:
    """Applies plans that change the roles of an existing key."""

    account: AccountReader
    giver: RoleGiver
    locks: Locks

    async def change(
        self, job: Job, person: Person, plan: Plan, command: RolesOfKey, authority: Authority
    ) -> Outcome:
        """Apply a plan; the second of two equal ones answers that nothing is left to change."""
        async with self.locks.hold(f"environment:{plan.environment.id}", job):
            keys = await self.account.keys(plan.environment.id)
            key = next((each for each in keys if each.api_key == command.name), None)
            if key is None or plan.role is None:
                return NoSuchKey(plan.name, None, (plan.environment,))
            here = Located(key, plan.environment)
            if key.root:
                return KeyProtected(here, ProtectionReason.ROOT, None)
            return await self._take(job, person, _step(here, plan.role, command), authority)

    async def done(self, job: Job, plan: Plan, command: RolesOfKey) -> bool:
        """Whether the key's roles are as this job changed them."""
        if plan.key is None or plan.role is None:
            return False
        step = _step(Located(plan.key, plan.environment), plan.role, command)
        return job.effect == step.mark and step.is_taken(await self.giver.held(step))

    async def _take(
        self, job: Job, person: Person, step: RoleStep, authority: Authority
    ) -> Outcome:
        held: tuple[KeyRole, ...] | None = await self.giver.held(step)
        if held is not None and step.is_taken(held):
            if job.effect != step.mark:
                return RoleUnchanged(step.here, step.role, step.added)
        elif await self._overtaken(job, step):
            return RolesOvertaken(replace(step.here, roles=held), step.role)
        else:
            held = await self.giver.act(job, step, authority)
        if held is None:
            return RoleRefused(step.here, step.role)
        return await self._finish(
            job, person, replace(step, here=replace(step.here, roles=held)), authority
        )

    async def _overtaken(self, job: Job, step: RoleStep) -> bool:
        """Whether another job changed the key since this one began: it may have undone the step."""
        last = await self.giver.jobs.last_change(step.here.key.api_key)
        if last is None or job.effect != step.mark:
            return False
        return last.at > (job.begun_at or job.accepted_at)

    async def _finish(
        self, job: Job, person: Person, step: RoleStep, authority: Authority
    ) -> RolesChanged:
        """Record the change; what the last one says of a disabling and a deletion still holds."""
        giver, key = self.giver, step.here.key
        entry = giver.entry(job, AuditEvent.DONE, step, authority)
        last = await giver.jobs.last_change(key.api_key)
        old = last or LastChange(ROLES, person.name, entry.at, job.id)
        since = last.disabled if last else None
        change = replace(
            old, change=ROLES, by=person.name, at=entry.at, job=job.id, disabled_at=since
        )
        notice = _notice(person, step) if authority.notify else ""
        await giver.jobs.finish(job, entry, Done(key.api_key, change, notice, key))
        return RolesChanged(step.here, step.role, step.added, bool(notice))


def _step(here: Located, role: KeyRole, command: RolesOfKey) -> RoleStep:
    mark = mark_of(command.change or "", here.key.api_key, role.ref)
    return RoleStep(here, role, mark, command.change == ADD)


def _notice(person: Person, step: RoleStep) -> str:
    key, verb, place = step.here.key, "added" if step.added else "removed", step.here.environment
    about = f"the role {step.role.name} of the key {key.label} ({key.api_key}) in {place.name}"
    return f"{person.name} {verb} {about}."
