"""Lists and shows product environments that the policy allows a person to see."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.commands.environments import EnvironmentReading, ListEnvironments, ShowEnvironment
from bot.domain.outcomes.environments import EnvironmentShown, EnvironmentsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.flows.keys.resolve import Resolver
from bot.flows.own_rights import OwnRights


@dataclass(frozen=True)
class EnvironmentReader:
    """Reads environments for one person."""

    resolver: Resolver
    rights: OwnRights

    async def read(self, person: Person, command: EnvironmentReading, page: int) -> Outcome:
        """Answer one command; a list begins at a page, counted from 0."""
        match command:
            case ListEnvironments():
                found = await self.resolver.environments(person, Action.ENV_LIST, None)
                if not isinstance(found, list):
                    return found
                return EnvironmentsListed(tuple(found), await self.rights.closed(found), page)
            case ShowEnvironment(name):
                found = await self.resolver.environments(person, Action.ENV_SHOW, name)
                if not isinstance(found, list):
                    return found
                keys, unread = await self.resolver.read_in(found[:1])
                closed = bool(await self.rights.closed(found[:1]))
                return EnvironmentShown(found[0], tuple(keys), closed or bool(unread), not unread)
            case _:
                assert_never(command)
