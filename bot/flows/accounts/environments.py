"""Lists and shows product environments that the policy allows a person to see."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.commands.environments import EnvironmentReading, ListEnvironments, ShowEnvironment
from bot.domain.outcomes.environments import EnvironmentShown, EnvironmentsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.flows.keys.resolve import Resolver


@dataclass(frozen=True)
class EnvironmentReader:
    """Reads environments for one person."""

    resolver: Resolver

    async def read(self, person: Person, command: EnvironmentReading) -> Outcome:
        """Answer one command."""
        match command:
            case ListEnvironments():
                found = await self.resolver.environments(person, Action.ENV_LIST, None)
                return EnvironmentsListed(tuple(found)) if isinstance(found, list) else found
            case ShowEnvironment(name):
                found = await self.resolver.environments(person, Action.ENV_SHOW, name)
                if not isinstance(found, list):
                    return found
                return EnvironmentShown(found[0], tuple(await self.resolver.keys_in(found[:1])))
            case _:
                assert_never(command)
