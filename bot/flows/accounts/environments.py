"""Product environments: listed and shown, as far as the policy lets a person see them."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.commands import ListEnvironments, ShowEnvironment
from bot.domain.outcomes import EnvironmentShown, EnvironmentsListed, Outcome
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.flows.keys.resolve import Finder


@dataclass(frozen=True)
class EnvironmentReader:
    """Reads environments for one person."""

    finder: Finder

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
        found = await self.finder.environments(person, Action.ENV_LIST, None)
        return EnvironmentsListed(tuple(found)) if isinstance(found, list) else found

    async def _shown(self, person: Person, word: str) -> Outcome:
        found = await self.finder.environments(person, Action.ENV_SHOW, word)
        if not isinstance(found, list):
            return found
        return EnvironmentShown(found[0], tuple(await self.finder.keys_in(found[:1])))
