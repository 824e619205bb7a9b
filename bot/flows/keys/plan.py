"""Plans key commands: finds the target and freezes it, by API key and cloud name."""

from dataclasses import dataclass, replace

from bot.domain.commands.keys import CreateKey, DeleteKey, EnableKey, KeyChange, RenameKey
from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.domain.names import Looks
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.keys.effects import obstacle, root_obstacle
from bot.flows.keys.names import name_obstacle
from bot.flows.keys.resolve import NotFoundHere, Resolver
from bot.flows.plan import Plan
from bot.flows.ports import Account


@dataclass(frozen=True)
class KeyPlanner:
    """Finds the target of a command, and its obstacle."""

    account: Account
    resolver: Resolver
    looks: Looks

    async def plan(self, person: Person, command: KeyChange | CreateKey) -> Plan | NotFoundHere:
        """Plan one command."""
        if isinstance(command, CreateKey):
            return await self._creation(person, command)
        found = await self.resolver.key(person, command)
        if not isinstance(found, Located):
            return found
        stop: Outcome | None = root_obstacle(command, found)
        # Approval takes a while, so what would stop the change then is reported now.
        ends = isinstance(command, DeleteKey) and found.key.enabled
        if stop is None and (ends or isinstance(command, RenameKey)):
            siblings = await self.account.keys(found.environment.id)
            stop = obstacle(command, found, siblings, self.looks)
        return replace(plan_change(command, found), obstacle=stop)

    async def _creation(self, person: Person, command: CreateKey) -> Plan | NotFoundHere:
        """Plan a new key in the one environment that the command means."""
        place = await self.resolver.environment(person, command)
        if not isinstance(place, Environment):
            return place
        keys = await self.account.keys(place.id)
        return Plan(
            replace(command, env=place.cloud_name),
            place,
            command.name,
            reason=command.reason or "",
            emergency=command.emergency,
            obstacle=name_obstacle(command.name, place, keys, self.looks),
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
