"""Plans changes of environments: what is to change, and what stands against it."""

from dataclasses import dataclass, replace
from typing import assert_never

from bot.domain.commands.environments import (
    CreateEnvironment,
    DisableEnvironment,
    EnableEnvironment,
    EnvironmentChange,
    OfPlace,
    RenameEnvironment,
    SetTier,
)
from bot.domain.environment_names import cloud_name_of
from bot.domain.environments import Environment, FixedTier
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environment_changes import (
    EnvironmentProtected,
    EnvironmentUnchanged,
    PlaceState,
)
from bot.domain.outcomes.environments import TierUnchanged, WhichEnvironment
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action, Refused
from bot.flows.accounts.environment_names import PlaceNames
from bot.flows.accounts.environment_uses import uses_of
from bot.flows.keys.resolve import Resolver
from bot.flows.plan import Plan


@dataclass(frozen=True)
class EnvironmentPlanner:
    """Finds the one environment that a command means; a new one has no id yet."""

    resolver: Resolver
    names: PlaceNames

    async def plan(
        self, person: Person, command: EnvironmentChange, begun: str | None = None
    ) -> Plan | Outcome:
        """Plan one command; `begun` is the id of the environment that its job has begun to change.

        That job goes on by the id, whatever the name is now.
        """
        if isinstance(command, CreateEnvironment):
            return await self._creation(person, command)
        name = begun or command.env
        found = await self.resolver.environments(person, Action.ENV_SHOW, name)
        if not isinstance(found, list):
            return found
        if len(found) > 1:
            return WhichEnvironment(tuple((it, replace(command, env=it.id)) for it in found))
        place = found[0]
        named = replace(command, env=place.cloud_name)
        stop = await self._obstacle(person, named, place)
        return Plan(named, place, place.name, reason=command.reason or "", obstacle=stop)

    async def _creation(self, person: Person, command: CreateEnvironment) -> Plan | Outcome:
        """Plan a new one; only a person who reaches every environment is told what exists."""
        cloud_name = command.cloud_name or cloud_name_of(command.name)
        command = replace(command, cloud_name=cloud_name or None)
        place = Environment("", command.name, cloud_name)
        decision = self.resolver.authorizer.decide(person, Action.ENV_CREATE, place)
        if isinstance(decision, Refused):
            return Denied(Action.ENV_CREATE, person, decision, place)
        if command.copy_from:
            found = await self.resolver.environments(person, Action.ENV_SHOW, command.copy_from)
            if not isinstance(found, list):
                return found
            if len(found) > 1:
                return WhichEnvironment(
                    tuple((it, replace(command, copy_from=it.id)) for it in found)
                )
            command = replace(command, copy_from=found[0].cloud_name)
        stop = self.names.of_new(person, command, await self.resolver.account.environments())
        return Plan(command, place, place.name, reason=command.reason or "", obstacle=stop)

    async def _obstacle(
        self, person: Person, command: OfPlace, place: Environment
    ) -> Outcome | None:
        match command:
            case SetTier(tier=tier):
                fixed = place.fixed
                same = isinstance(fixed, FixedTier) and fixed.tier == tier
                return TierUnchanged(place) if same else None
            case RenameEnvironment():
                others = await self.resolver.account.environments()
                return self.names.of_renamed(person, command, place, others)
            case EnableEnvironment():
                return EnvironmentUnchanged(place, PlaceState.ENABLED) if place.enabled else None
            case DisableEnvironment(confirm=confirm):
                if not place.enabled:
                    return EnvironmentUnchanged(place, PlaceState.DISABLED)
                if confirm == place.name:
                    return None
                uses = await uses_of(self.resolver.account, place)
                return EnvironmentProtected(place, uses, replace(command, confirm=place.name))
            case _:
                assert_never(command)
