"""Creates an environment, once.

The order is lock, look for its name and cloud name, intent, create, record. One lock covers all
names: two at once create one. After a crash the job finds an environment with the name and the
cloud name of its intent, which no other job has recorded, and records it as its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.commands.environments import CreateEnvironment
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.outcomes.environment_changes import (
    EnvironmentCreated,
    PlaceNameRefused,
    PlaceState,
)
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.errors import Conflict, Unavailable
from bot.flows.accounts.environment_marks import creates
from bot.flows.accounts.environment_names import PlaceNames
from bot.flows.accounts.environment_steps import PlaceSteps
from bot.flows.env_ports import Places
from bot.flows.own_rights import OwnRights
from bot.flows.plan import Authority, Plan
from bot.flows.ports import AccountReader, Locks

NAMES_LOCK: Final = "account:environments"
"""Held by everything that gives an environment a name."""
RECONCILE_AFTER: Final = (0.5, 2.0, 5.0)
"""Seconds before each search for an environment whose creation got no clear answer."""


@dataclass(frozen=True)
class EnvironmentCreator:
    """Applies plans that create an environment."""

    account: AccountReader
    places: Places
    names: PlaceNames
    rights: OwnRights
    steps: PlaceSteps
    locks: Locks

    async def create(
        self, job: Job, person: Person, plan: Plan, command: CreateEnvironment, by: Authority
    ) -> Outcome:
        """Apply one plan."""
        async with self.locks.hold(NAMES_LOCK, job):
            every = await self.account.environments()
            place = await self._own(job, command, every)
            if place is None:
                if stop := self.names.of_new(person, command, every):
                    return stop
                made = await self._create(job, person, plan, command, by)
                if not isinstance(made, Environment):
                    return made
                place = made
            await self.steps.finish(job, person, place, PlaceState.CREATED, by, place.name)
        return EnvironmentCreated(place, closed=place.id in await self.rights.closed([place]))

    async def done(self, job: Job, command: CreateEnvironment) -> bool:
        """Whether this job created the environment before."""
        return await self._own(job, command, await self.account.environments()) is not None

    async def _own(
        self, job: Job, command: CreateEnvironment, every: Sequence[Environment]
    ) -> Environment | None:
        place = _named(command, every) if job.effect == creates(command) else None
        last = await self.steps.jobs.last_change(place.id) if place else None
        return place if last is None or last.job == job.id else None

    async def _create(
        self,
        job: Job,
        person: Person,
        plan: Plan,
        command: CreateEnvironment,
        by: Authority,
    ) -> Environment | PlaceNameRefused | NoSuchEnvironment:
        every = await self.account.environments()
        base = next((it for it in every if it.answers_to(command.copy_from or "")), None)
        if command.copy_from and base is None:
            return NoSuchEnvironment(command.copy_from, None, ())
        about = {"copied_from": base.id} if base else {}
        await self.steps.begin(job, creates(command), plan.environment, by, about)
        name, cloud_name = command.name, command.cloud_name or ""
        try:
            return await self.places.create_environment(name, cloud_name, base.id if base else "")
        except Conflict:
            every = await self.account.environments()
            if own := await self._own(job, command, every):
                return own  # of an earlier call, which got no answer
            taken = self.names.of_new(person, command, every)
            return taken or self.names.elsewhere(command, every)
        except Unavailable as error:
            found = await self._search(command) if error.maybe_done else None
            if found is None:
                raise
            return found

    async def _search(self, command: CreateEnvironment) -> Environment | None:
        """Find the environment of a call that got no clear answer; the call is never repeated."""
        for delay in RECONCILE_AFTER:
            await asyncio.sleep(delay)
            if found := _named(command, await self.account.environments()):
                return found
        return None


def _named(command: CreateEnvironment, every: Sequence[Environment]) -> Environment | None:
    cloud_name = (command.cloud_name or "").casefold()
    named = (it for it in every if it.name == command.name)
    return next((it for it in named if it.cloud_name.casefold() == cloud_name), None)
