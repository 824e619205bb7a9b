"""Runs commands about users: what changes one is planned, and opens a request or acts."""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.commands.users import LinkUser, OffboardUser, UserChange, UserCommand, UserReading
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Person
from bot.domain.policy import Allowed
from bot.domain.requests.machine import Request
from bot.flows.accounts.link import Linker
from bot.flows.accounts.user_plan import UserPlanner
from bot.flows.authorize import Authorizer
from bot.flows.plan import Plan


class Offboarder(Protocol):
    """Ends everything that a person has."""

    async def run(self, job: Job, person: Person, command: OffboardUser) -> Outcome:
        """Run one command."""

    async def resumable(self, actor: Actor, typed: str) -> Request | None:
        """Find the person's own request that a whole id means, or the beginning of one."""


@dataclass(frozen=True)
class UserRunner:
    """Runs every command about users."""

    linker: Linker
    authorizer: Authorizer
    planner: UserPlanner
    offboarder: Offboarder

    async def run(self, job: Job, person: Person, command: UserCommand) -> Outcome:
        """Run one command."""
        if isinstance(command, UserReading):
            return await self.planner.book.read(job, person, command)
        if isinstance(command, OffboardUser):
            return await self.offboarder.run(job, person, command)
        if isinstance(command, LinkUser):
            plan: Plan | Outcome = await self.linker.plan(job, person, command)
            if not isinstance(plan, Plan):
                return plan
            return await self.authorizer.request(job, person, plan)
        plan = await self.planner.plan(job, person, command)
        if not isinstance(plan, Plan):
            return plan
        allowed = await self.authorizer.authorize(job, person, plan)
        if not isinstance(allowed, Allowed):
            return allowed
        named = plan.command
        if not isinstance(named, UserChange):
            raise TypeError("a plan of another noun")
        return await self.planner.changer.change(job, person, plan, named, allowed)
