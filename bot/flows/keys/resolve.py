"""Resolves the name of a key or an environment, among those that the person may see."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.commands.keys import CreateKey, KeyCommand
from bot.domain.commands.suggest import nearest
from bot.domain.environments import Environment
from bot.domain.keys import Located, find
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import NoSuchEnvironment, WhichEnvironment
from bot.domain.outcomes.keys import NoSuchKey, WhichKey
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, NeedsApproval, RefusalReason, Refused
from bot.flows import reads
from bot.flows.authorize import Authorizer
from bot.flows.ports import AccountReader

IN_A_ROW: Final = 20
"""Decisions between which nothing else runs: a few milliseconds."""
Found = list[Environment] | NoSuchEnvironment | Denied
NotFoundHere = NoSuchKey | WhichKey | NoSuchEnvironment | WhichEnvironment | Denied


@dataclass(frozen=True)
class Resolver:
    """Searches only where the rules let the person look, so a refusal reveals nothing."""

    account: AccountReader
    authorizer: Authorizer

    async def visible(self, person: Person, action: Action) -> list[Environment]:
        """Environments in which the person may do this reading action."""
        return await self._where(person, action, Allowed)

    async def _where(
        self, person: Person, action: Action, *decisions: type[Allowed | NeedsApproval]
    ) -> list[Environment]:
        found = list[Environment]()
        for number, place in enumerate(await self.account.environments()):
            if isinstance(self.authorizer.decide(person, action, place), decisions):
                found.append(place)
            if number % IN_A_ROW == IN_A_ROW - 1:
                await asyncio.sleep(0)  # the event loop serves others meanwhile
        return found

    async def environments(self, person: Person, action: Action, name: str | None) -> Found:
        """Environments that the name means, or every visible one without a name."""
        return self.among(await self.visible(person, action), person, action, name)

    def among(
        self, seen: list[Environment], person: Person, action: Action, name: str | None
    ) -> Found:
        """Likewise, among the visible ones."""
        if seen:
            return seen if name is None else _named(name, seen)
        decision = self.authorizer.decide(person, action, None)
        refusal = decision if isinstance(decision, Refused) else Refused(RefusalReason.NO_ACCESS)
        return Denied(action, person, refusal)

    async def askable(self, person: Person, action: Action, name: str) -> Found:
        """Environments that the name means, among those where the person may open a request."""
        seen = await self.where_askable(person, action)
        return _named(name, seen) if seen else Denied(action, person, Refused(RefusalReason.ROLE))

    async def where_askable(self, person: Person, action: Action) -> list[Environment]:
        """Environments in which the person may open a request, or act at once."""
        return await self._where(person, action, Allowed, NeedsApproval)

    async def keys_in(self, environments: Sequence[Environment]) -> list[Located]:
        """Every key of those environments that Keysmith may read; raises where it is none."""
        return await reads.some_keys_in(self.account, environments)

    async def read_in(
        self, environments: Sequence[Environment]
    ) -> tuple[list[Located], list[Environment]]:
        """Every key of these environments, and those that Keysmith can't read."""
        return await reads.keys_in(self.account, environments)

    async def key(self, person: Person, command: KeyCommand) -> Located | NotFoundHere:
        """The one key that a command names; with several or none, the command is not run."""
        environments = await self.environments(person, Action.KEY_SHOW, command.env)
        if not isinstance(environments, list):
            return environments
        located = await self.keys_in(environments)
        found = find(command.name, located)
        if len(found) == 1:
            return found[0]
        if found:
            return which_key(found, command)
        near = nearest(command.name, [here.key.name for here in located if here.key.name])
        return NoSuchKey(command.name, near, tuple(environments))

    async def environment(self, person: Person, command: CreateKey) -> Environment | NotFoundHere:
        """The one environment that a new key goes to."""
        environments = await self.environments(person, Action.KEY_LIST, command.env)
        if not isinstance(environments, list):
            return environments
        if len(environments) == 1:
            return environments[0]
        choices = ((each, replace(command, env=each.cloud_name)) for each in environments)
        return WhichEnvironment(tuple(choices))


def _named(name: str, seen: Sequence[Environment]) -> list[Environment] | NoSuchEnvironment:
    by_id = [environment for environment in seen if environment.id == name]
    named = by_id or [environment for environment in seen if environment.answers_to(name)]
    near = nearest(name, [each for e in seen for each in (e.name, e.cloud_name)])
    return named or NoSuchEnvironment(name, near, tuple(seen))


def which_key(found: Sequence[Located], command: KeyCommand) -> WhichKey:
    """Name each candidate by its environment, or by its API key where that is not enough."""
    places = [here.environment.id for here in found]
    choices = []
    for here in found:
        choice = replace(command, env=here.environment.cloud_name)
        if places.count(here.environment.id) > 1:
            choice = replace(choice, name=here.key.api_key)
        choices.append((here, choice))
    return WhichKey(command.name, tuple(choices))
