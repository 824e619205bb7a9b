"""Product environments: listed and shown, as far as the policy lets a person see them."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.commands.environments import ListEnvironments, ShowEnvironment
from bot.domain.outcomes.environments import EnvironmentShown, EnvironmentsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.flows.keys.resolve import Resolver


@dataclass(frozen=True)
class EnvironmentReader:
    """Reads environments for one person."""

    resolver: Resolver

    async def read(self, person: Person, command: ListEnvironments | ShowEnvironment) -> Outcome:
        """Answer one command."""
        match command:
            case ListEnvironments():
                return await self._listed(person)
            case ShowEnvironment(name):
                return await self._shown(person, name)
            case _:
                assert_never(command)

    async def _listed(self, person: Person) -> Outcome:
        found = await self.resolver.environments(person, Action.ENV_LIST, None)
        return EnvironmentsListed(tuple(found)) if isinstance(found, list) else found

    async def _shown(self, person: Person, word: str) -> Outcome:
        found = await self.resolver.environments(person, Action.ENV_SHOW, word)
        if not isinstance(found, list):
            return found
        return EnvironmentShown(found[0], tuple(await self.resolver.keys_in(found[:1])))
