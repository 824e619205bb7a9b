"""Gives a key a role, or takes one away, and reads back that it is so.

The order is look, intent, effect, look again. After a crash the job runs again, and the roles of
the key tell it what is done; both effects are safe to repeat.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.audit import AuditEvent, Entry
from bot.domain.jobs import Job
from bot.domain.key_roles import KeyRole
from bot.domain.keys import Located
from bot.domain.outcomes.roles import RoleNotGiven
from bot.errors import CloudinaryError, RateLimited, Unavailable
from bot.flows.audit import AuditLog, about_role
from bot.flows.plan import Approved, Authority, Plan
from bot.flows.ports import Jobs
from bot.flows.role_ports import KeyRoles


@dataclass(frozen=True)
class RoleStep:
    """One role more or less on one key; `mark` is the intent."""

    here: Located
    role: KeyRole
    mark: str
    added: bool = True

    def is_taken(self, held: Iterable[KeyRole]) -> bool:
        """Whether these roles of the key are as the step leaves them."""
        return any(self.role.same(each) for each in held) is self.added


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

    async def held(self, step: RoleStep) -> tuple[KeyRole, ...]:
        """The key's roles, read now."""
        return await self.account.roles_of_key(step.here.environment.id, step.here.key.api_key)

    async def act(
        self, job: Job, step: RoleStep, authority: Authority
    ) -> tuple[KeyRole, ...] | None:
        """Write the intent, change the role, and read back; None if Cloudinary refused.

        Where it is not certain that the key is as the step leaves it, this raises `Unavailable`.
        """
        begun = self.entry(job, AuditEvent.BEGUN, step, authority)
        await self.jobs.begin(job, step.mark, begun)
        change = self.account.give_role if step.added else self.account.take_role
        clear = True
        try:
            await change(step.here.environment.id, step.here.key.api_key, step.role)
        except Unavailable:
            clear = False
        except RateLimited:
            raise
        except CloudinaryError:
            return None
        try:
            held = await self.held(step)
        except CloudinaryError:
            clear, held = False, ()
        if step.is_taken(held):
            return held
        if clear:
            return None
        raise Unavailable("the roles of the key are not certain", maybe_done=True)


@dataclass(frozen=True)
class BirthRole:
    """Gives a new key its role while it is disabled: before that, no link leads to it."""

    giver: RoleGiver

    async def give(
        self, job: Job, here: Located, plan: Plan, mark: str, authority: Authority
    ) -> RoleNotGiven | None:
        """Give each, unless the key has it; or say that it lacks one and stays as it is."""
        for role in plan.given:
            if stop := await self._give(job, RoleStep(here, role, mark), authority):
                return stop
        return None

    async def _give(self, job: Job, step: RoleStep, authority: Authority) -> RoleNotGiven | None:
        try:
            if step.is_taken(await self.giver.held(step)):
                return None
            if await self.giver.act(job, step, authority) is not None:
                return None
        except (RateLimited, Unavailable):
            if isinstance(authority, Approved):
                raise  # a request is tried again
            return RoleNotGiven(step.here, step.role, refused=False)
        except CloudinaryError:  # it may not read roles there
            pass
        return RoleNotGiven(step.here, step.role, refused=True)

    async def given(self, here: Located, plan: Plan) -> bool:
        """Whether the key has the roles of its plan, or needs none."""
        steps = [RoleStep(here, role, "") for role in plan.given]
        if not steps:
            return True
        held = await self.giver.held(steps[0])
        return all(step.is_taken(held) for step in steps)
