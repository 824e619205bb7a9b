"""Which key or environment a person means, among those that they may see."""

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.commands.grammar import nearest
from bot.domain.commands.keys import CreateKey, KeyCommand
from bot.domain.environments import Environment
from bot.domain.keys import Located, find
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import NoSuchEnvironment, WhichEnvironment
from bot.domain.outcomes.keys import NoSuchKey, WhichKey
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, Question, RefusalReason, Refused
from bot.flows.ports import Account, Policy

NotFoundHere = NoSuchKey | WhichKey | NoSuchEnvironment | WhichEnvironment | Denied


@dataclass(frozen=True)
class Resolver:
    """Looks only where the policy lets the person look, so that a refusal betrays nothing."""

    account: Account
    policy: Policy

    async def visible(self, person: Person, action: Action) -> list[Environment]:
        """Environments in which the person may do this reading action."""
        return [
            environment
            for environment in await self.account.environments()
            if isinstance(self.policy.decide(Question(person, action, environment)), Allowed)
        ]

    async def environments(
        self, person: Person, action: Action, word: str | None
    ) -> list[Environment] | NoSuchEnvironment | Denied:
        """Those that the word means, or every visible one without a word."""
        seen = await self.visible(person, action)
        if not seen:
            decision = self.policy.decide(Question(person, action, None))
            refusal = (
                decision if isinstance(decision, Refused) else Refused(RefusalReason.NO_ACCESS)
            )
            return Denied(action, person, refusal)
        if word is None:
            return seen
        meant = [environment for environment in seen if environment.answers_to(word)]
        return meant or _no_such_environment(word, seen)

    async def askable(
        self, person: Person, action: Action, word: str
    ) -> list[Environment] | NoSuchEnvironment | Denied:
        """Those that the word means, among the ones where the person may at least ask."""
        seen = [
            environment
            for environment in await self.account.environments()
            if not isinstance(self.policy.decide(Question(person, action, environment)), Refused)
        ]
        if not seen:
            return Denied(action, person, Refused(RefusalReason.ROLE))
        meant = [environment for environment in seen if environment.answers_to(word)]
        return meant or _no_such_environment(word, seen)

    async def keys_in(self, environments: Sequence[Environment]) -> list[Located]:
        """Every key of these environments, read at once."""
        found = await asyncio.gather(*(self.account.keys(e.id) for e in environments))
        return [
            Located(key, environment)
            for environment, keys in zip(environments, found, strict=True)
            for key in keys
        ]

    async def key(self, person: Person, command: KeyCommand) -> Located | NotFoundHere:
        """The one key that a command names; several or none never act."""
        environments = await self.environments(person, Action.KEY_SHOW, command.env)
        if not isinstance(environments, list):
            return environments
        word = command.name
        located = await self.keys_in(environments)
        found = find(word, located)
        if len(found) == 1:
            return found[0]
        if found:
            return _which_key(word, found, command)
        near = nearest(word, [here.key.name for here in located if here.key.name])
        return NoSuchKey(word, near, tuple(environments))

    async def environment(self, person: Person, command: CreateKey) -> Environment | NotFoundHere:
        """The one environment that a new key goes to."""
        environments = await self.environments(person, Action.KEY_LIST, command.env)
        if not isinstance(environments, list):
            return environments
        if len(environments) == 1:
            return environments[0]
        return WhichEnvironment(
            tuple(
                (each, dataclasses.replace(command, env=each.cloud_name)) for each in environments
            )
        )


def _no_such_environment(word: str, seen: Sequence[Environment]) -> NoSuchEnvironment:
    near = nearest(word, [name for e in seen for name in (e.name, e.cloud_name)])
    return NoSuchEnvironment(word, near, tuple(seen))


def _which_key(word: str, found: Sequence[Located], command: KeyCommand) -> WhichKey:
    """Name each candidate by its environment, or by its API key where that is not enough."""
    places = [here.environment.id for here in found]
    return WhichKey(
        word,
        tuple(
            (here, _aimed(command, here, by_api_key=places.count(here.environment.id) > 1))
            for here in found
        ),
    )


def _aimed(command: KeyCommand, here: Located, *, by_api_key: bool) -> KeyCommand:
    aimed = dataclasses.replace(command, env=here.environment.cloud_name)
    return dataclasses.replace(aimed, name=here.key.api_key) if by_api_key else aimed
