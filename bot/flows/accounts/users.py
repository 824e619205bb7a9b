"""Runs commands about users: each is planned, and opens a request."""

from dataclasses import dataclass

from bot.domain.commands.users import UserCommand
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.accounts.link import Linker
from bot.flows.authorize import Authorizer
from bot.flows.plan import Plan


@dataclass(frozen=True)
class UserRunner:
    """Runs every command about users."""

    linker: Linker
    authorizer: Authorizer

    async def run(self, job: Job, person: Person, command: UserCommand) -> Outcome:
        """Run one command."""
        plan = await self.linker.plan(job, person, command)
        if not isinstance(plan, Plan):
            return plan
        return await self.authorizer.request(job, person, plan)
