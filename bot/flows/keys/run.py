"""Runs a key command: read, or plan, authorize and apply."""

from dataclasses import dataclass

from bot.domain.commands.keys import AnyKeyCommand, DisableKey, EnableKey, KeyReading, RestoreKey
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located
from bot.domain.outcomes.keys import WhichKey
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Allowed
from bot.flows.authorize import Authorizer
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.plan import KeyPlanner
from bot.flows.keys.read import KeyReader
from bot.flows.keys.resolve import NotFoundHere
from bot.flows.plan import Plan


@dataclass(frozen=True)
class KeyRunner:
    """Runs every key command, whether it is allowed at once or opens a request."""

    reader: KeyReader
    planner: KeyPlanner
    authorizer: Authorizer
    applier: KeyApplier
    own: OwnKeys

    async def run(self, job: Job, person: Person, command: AnyKeyCommand) -> Outcome:
        """Run one command."""
        if isinstance(command, KeyReading):
            return await self.reader.read(person, command, job.page)
        if isinstance(command, RestoreKey):  # enabling a key takes its deletion back
            command = EnableKey(command.name, command.env, command.reason)
        plan = await self.planner.plan(person, command)
        if isinstance(command, DisableKey):
            seen = _seen(plan)
            stopped = await self.own.stop(job, person, command, seen)
            if stopped:
                return stopped
        if not isinstance(plan, Plan):
            return plan
        allowed = await self.authorizer.authorize(job, person, plan)
        if not isinstance(allowed, Allowed):
            return allowed
        return await self.applier.apply(job, person, plan, allowed)


def _seen(plan: Plan | NotFoundHere) -> list[Located]:
    """The keys that a command means among those that the person may see."""
    match plan:
        case Plan(key=Key() as key, environment=place):
            return [Located(key, place)]
        case WhichKey(choices=choices):
            return [here for here, _ in choices]
        case _:
            return []
