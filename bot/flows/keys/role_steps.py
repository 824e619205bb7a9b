"""Gives a key a role, or takes one away, and reads back that it is so.

The order is look, intent, effect, look again. After a crash the job runs again, and the roles of
the key tell it what is done; both effects are safe to repeat.
"""

from dataclasses import dataclass

from bot.domain.audit import AuditEvent, Entry
from bot.domain.jobs import Job
from bot.domain.key_roles import KeyRole
from bot.domain.keys import Located
from bot.domain.outcomes.roles import RoleNotGiven
from bot.errors import CloudinaryError, Unavailable
from bot.flows.audit import AuditLog, about_role
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Jobs
from bot.flows.role_ports import KeyRoles


@dataclass(frozen=True)
class RoleStep:
    """One role more or less on one key; `mark` is the intent."""

    here: Located
    role: KeyRole
    mark: str
    added: bool = True


@dataclass(frozen=True)
class RoleGiver:
    """Takes one step; the caller holds the lock of the environment."""

    account: KeyRoles
    jobs: Jobs
    audit_log: AuditLog

    def entry(self, job: Job, event: AuditEvent, step: RoleStep, authority: Authority) -> Entry:
        """An audit entry about the step."""
        target = about_role(step.here, step.role)
        return self.audit_log.entry(job, event, target, authority.policy)

    async def reached(self, step: RoleStep) -> bool:
        """Whether Cloudinary shows the step as taken."""
        held = await self.account.roles_of_key(step.here.environment.id, step.here.key.api_key)
        return any(step.role.same(each) for each in held) is step.added

    async def act(self, job: Job, step: RoleStep, authority: Authority) -> bool | None:
        """Write the intent and change the role.

        True once Cloudinary shows the change, False if it refused, None if that is not clear.
        """
        begun = self.entry(job, AuditEvent.BEGUN, step, authority)
        await self.jobs.begin(job, step.mark, begun)
        change = self.account.give_role if step.added else self.account.take_role
        unclear: bool | None = False
        try:
            await change(step.here.environment.id, step.here.key.api_key, step.role)
        except Unavailable:
            unclear = None
        except CloudinaryError:
            return False
        try:
            return await self.reached(step) or unclear
        except CloudinaryError:
            return None


@dataclass(frozen=True)
class BirthRole:
    """Gives a new key its role while it is disabled: before that, no link leads to it."""

    giver: RoleGiver

    async def give(
        self, job: Job, here: Located, plan: Plan, mark: str, authority: Authority
    ) -> RoleNotGiven | None:
        """Give it, unless the key has it; or say that it has none and stays as it is."""
        if plan.role is None:
            return None
        step = RoleStep(here, plan.role, mark)
        if await self.giver.reached(step):
            return None
        given = await self.giver.act(job, step, authority)
        return None if given else RoleNotGiven(here, plan.role, refused=given is False)

    async def given(self, here: Located, plan: Plan) -> bool:
        """Whether the key has the role of its plan, or needs none."""
        return plan.role is None or await self.giver.reached(RoleStep(here, plan.role, ""))
