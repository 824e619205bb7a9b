"""Runs a command about environments: read, or plan, authorize and apply."""

from dataclasses import dataclass

from bot.domain.commands.environments import EnvironmentCommand, EnvironmentReading
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Allowed
from bot.flows.accounts.environment_marks import begun_on
from bot.flows.accounts.environment_plan import EnvironmentPlanner
from bot.flows.accounts.environments import EnvironmentReader
from bot.flows.authorize import Authorizer
from bot.flows.keys.apply import KeyApplier
from bot.flows.plan import Plan


@dataclass(frozen=True)
class EnvironmentRunner:
    """Runs every command about environments, whether it is allowed at once or opens a request."""

    reader: EnvironmentReader
    planner: EnvironmentPlanner
    authorizer: Authorizer
    applier: KeyApplier

    async def run(self, job: Job, person: Person, command: EnvironmentCommand) -> Outcome:
        """Run one command."""
        if isinstance(command, EnvironmentReading):
            return await self.reader.read(person, command, job.page)
        plan = await self.planner.plan(person, command, begun_on(job))
        if not isinstance(plan, Plan):
            return plan
        allowed = await self.authorizer.authorize(job, person, plan)
        if not isinstance(allowed, Allowed):
            return allowed
        return await self.applier.apply(job, person, plan, allowed)
