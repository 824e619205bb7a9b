"""Runs a key command: plan, authorize, apply."""

from dataclasses import dataclass

from bot.domain.commands import CreateKey, EnableKey, RestoreKey
from bot.domain.errands import Errand
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.policy import Allowed
from bot.flows.authorize import Authorizer
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.plan import KeyPlanner
from bot.flows.plan import KeyChange, Plan


@dataclass(frozen=True)
class KeyRunner:
    """The way of every key command, whether it runs at once or asks approvers first."""

    planner: KeyPlanner
    authorizer: Authorizer
    applier: KeyApplier

    async def run(
        self, job: Errand, person: Person, command: KeyChange | CreateKey | RestoreKey
    ) -> Outcome:
        """Run one command."""
        if isinstance(command, RestoreKey):  # enabling a key takes its deletion back
            command = EnableKey(command.name, command.env, command.reason)
        plan = await self.planner.plan(person, command)
        if not isinstance(plan, Plan):
            return plan
        allowed = await self.authorizer.authorize(job, person, plan)
        if not isinstance(allowed, Allowed):
            return allowed
        return await self.applier.apply(job, person, plan, allowed)
