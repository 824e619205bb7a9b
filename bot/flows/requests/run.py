"""Runs the commands about requests: plan and authorize, list, delegate, decide, execute."""

from dataclasses import dataclass, replace
from typing import assert_never

from bot.domain.commands.requests import Deciding, Delegate, ListRequests, Renew, RequestKey
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.people import Person
from bot.flows.authorize import Authorizer
from bot.flows.plan import Plan
from bot.flows.requests.decide import Decider
from bot.flows.requests.delegate import Delegator
from bot.flows.requests.execute import Executor
from bot.flows.requests.list import RequestLister
from bot.flows.requests.plan import RequestPlanner

MOST_PLACES = 10
"""Environments in one command."""


@dataclass(frozen=True)
class RequestRunner:
    """The way of every command about requests."""

    planner: RequestPlanner
    authorizer: Authorizer
    lister: RequestLister
    delegator: Delegator
    decider: Decider
    executor: Executor

    async def ask(
        self, job: Job, person: Person, command: RequestKey | Renew | ListRequests | Delegate
    ) -> Outcome:
        """Run one command of a person who decides nothing."""
        match command:
            case RequestKey():
                return await self._credentials(job, person, command)
            case Renew():
                return await self._open(job, person, await self.planner.renewal(job, command))
            case ListRequests(which):
                return await self.lister.listed(person, which)
            case Delegate():
                return await self.delegator.appoint(job, command)
            case _:
                assert_never(command)

    async def _credentials(self, job: Job, person: Person, command: RequestKey) -> Outcome:
        """Ask for credentials; each environment is a request of its own."""
        words = [word.strip() for word in command.env.split(",") if word.strip()][:MOST_PLACES]
        outcomes = list[Outcome]()
        for number, word in enumerate(words or [command.env]):
            one = replace(command, env=word)
            plan = await self.planner.credentials(job, person, one, number)
            outcomes.append(await self._open(job, person, plan, number))
        return outcomes[0] if len(outcomes) == 1 else Several(tuple(outcomes))

    async def _open(
        self, job: Job, person: Person, plan: Plan | Outcome, number: int = 0
    ) -> Outcome:
        if not isinstance(plan, Plan):
            return plan
        return await self.authorizer.request(job, person, plan, number)

    async def decide(self, job: Job, person: Person, command: Deciding) -> Outcome:
        """Run one decision about a request."""
        return await self.decider.decide(job, person, command)

    async def execute(self, job: Job) -> Outcome:
        """Execute the approved request that a job carries."""
        return await self.executor.run(job)
