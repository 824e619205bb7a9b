"""Plans key commands: finds the target and freezes it, by API key and cloud name."""

from dataclasses import dataclass, replace

from bot.domain.commands.keys import (
    Confirmed,
    CreateKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    KeyChange,
    RestoreKey,
)
from bot.domain.environments import Environment
from bot.domain.keys import Change, Key, Located, find
from bot.domain.names import Looks
from bot.domain.outcomes.keys import NothingToChange, WhichKey
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.authorize import OWNERS_STOP
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.effects import is_reached, moves, obstacle, root_obstacle
from bot.flows.keys.names import name_obstacle
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import NotFoundHere, Resolver, which_key
from bot.flows.plan import Plan
from bot.flows.ports import AccountReader


@dataclass(frozen=True)
class KeyPlanner:
    """Finds the target of a command, and its obstacle."""

    account: AccountReader
    resolver: Resolver
    own: OwnKeys
    looks: Looks
    deletions: Deletions

    async def plan(self, person: Person, command: KeyChange | CreateKey) -> Plan | NotFoundHere:
        """Plan one command."""
        if isinstance(command, CreateKey):
            return await self._creation(person, command)
        found = await self.resolver.key(person, command)
        if isinstance(command, OWNERS_STOP):
            seen = _seen(found)
            own = await self.own.named(person.actor, command, former=not seen)
            found = _one(command, own, seen) or found
        return await self._change(command, found)

    async def plan_own(self, person: Person, command: DisableKey) -> Plan | NotFoundHere | None:
        """Plan a command among the person's own keys; None if it names none of them."""
        own = await self.own.named(person.actor, command, former=True)
        found = _one(command, own, [])
        return await self._change(command, found) if found else None

    async def _change(
        self, command: KeyChange, found: Located | NotFoundHere
    ) -> Plan | NotFoundHere:
        if not isinstance(found, Located):
            return found
        stop: Outcome | None = root_obstacle(command, found)
        # Approval takes a while, so what would stop the change then is reported now.
        deletion = None
        if stop is None and isinstance(command, DeleteKey | RestoreKey):
            deletion = await self.deletions.find(found.key)
            change = Change.DISABLED if isinstance(command, DeleteKey) else Change.RESTORED
            if (deletion is not None) is isinstance(command, DeleteKey):
                at = deletion.request.delete_at if deletion else None
                stop = NothingToChange(replace(found, deletes_at=at), change, None)
        plan = replace(plan_change(command, found), obstacle=stop)
        if stop or (isinstance(command, Confirmed) and is_reached(command, found.key)):
            return plan
        siblings = await self.account.keys(found.environment.id)
        stop = obstacle(command, found, siblings, self.looks, deletion)
        return replace(plan, obstacle=stop, signer=moves(command, found.key, siblings, deletion))

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


def _seen(found: Located | NotFoundHere) -> list[Located]:
    """The keys that a command means among those that the person may see."""
    if isinstance(found, WhichKey):
        return [here for here, _ in found.choices]
    return [found] if isinstance(found, Located) else []


def _one(command: DisableKey, own: list[Located], seen: list[Located]) -> Located | WhichKey | None:
    """The one key that the command means, own or seen; None if it means no own one."""
    if not own:
        return None
    ids = {here.key.api_key for here in own}
    every = find(command.name, [*own, *(here for here in seen if here.key.api_key not in ids)])
    return every[0] if len(every) == 1 else which_key(every, command)


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


async def key_named(account: AccountReader, environment: Environment, name: str) -> Key | None:
    """Find a key of the environment by its exact name."""
    keys = await account.keys(environment.id)
    return next((key for key in keys if key.name == name), None)
