"""Plans for key commands: the target is found and frozen, by API key and cloud name."""

from dataclasses import dataclass, replace

from bot.domain.commands.keys import CreateKey, DeleteKey, EnableKey
from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.domain.outcomes.keys import KeyProtected, NameTaken
from bot.domain.people import Person
from bot.flows.keys.effects import obstacle, root_obstacle
from bot.flows.keys.resolve import NotFoundHere, Resolver
from bot.flows.plan import KeyChange, Plan
from bot.flows.ports import Account


@dataclass(frozen=True)
class KeyPlanner:
    """Finds what a command is about, and what stands in its way."""

    account: Account
    resolver: Resolver

    async def plan(self, person: Person, command: KeyChange | CreateKey) -> Plan | NotFoundHere:
        """Plan one command."""
        if isinstance(command, CreateKey):
            return await self._creation(person, command)
        return await self._change(person, command)

    async def _change(self, person: Person, command: KeyChange) -> Plan | NotFoundHere:
        """Plan a change of the one key that the command names."""
        found = await self.resolver.key(person, command)
        if not isinstance(found, Located):
            return found
        return replace(
            plan_change(command, found),
            obstacle=root_obstacle(command, found) or await self._obstacle(command, found),
        )

    async def _obstacle(
        self, command: KeyChange, found: Located
    ) -> KeyProtected | NameTaken | None:
        """Only a deletion waits for days: what would stop it then is told at once."""
        if not (isinstance(command, DeleteKey) and found.key.enabled):
            return None
        return obstacle(command, found, await self.account.keys(found.environment.id))

    async def _creation(self, person: Person, command: CreateKey) -> Plan | NotFoundHere:
        """Plan a new key in the one environment that the command means."""
        place = await self.resolver.environment(person, command)
        if not isinstance(place, Environment):
            return place
        taken = await key_named(self.account, place, command.name)
        return Plan(
            replace(command, env=place.cloud_name),
            place,
            command.name,
            reason=command.reason or "",
            emergency=command.emergency,
            obstacle=NameTaken(Located(taken, place)) if taken else None,
        )


def plan_change(command: KeyChange, found: Located) -> Plan:
    """Freeze the target: by its API key, in its environment."""
    return Plan(
        replace(command, name=found.key.api_key, env=found.environment.cloud_name),
        found.environment,
        found.key.label,
        found.key,
        reason=command.reason or "",
        emergency=isinstance(command, EnableKey) and command.emergency,
        tracked=isinstance(command, DeleteKey),
    )


async def key_named(account: Account, environment: Environment, name: str) -> Key | None:
    """Find a key of the environment by its exact name."""
    keys = await account.keys(environment.id)
    return next((key for key in keys if key.name == name), None)
