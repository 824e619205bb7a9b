"""Renames, disables and enables environments, by their id.

The order is lock, look, intent, change, look again, record. A job that runs again recognizes its
own effect by its intent, and by the state of the environment.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from bot.domain.commands.environments import (
    CreateEnvironment,
    DisableEnvironment,
    EnableEnvironment,
    PlaceChange,
    RenameEnvironment,
)
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import overtaken
from bot.domain.outcomes.environment_changes import (
    EnvironmentChanged,
    EnvironmentOvertaken,
    EnvironmentProtected,
    EnvironmentUnchanged,
    PlaceState,
)
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.errors import Unavailable
from bot.flows.accounts.environment_create import NAMES_LOCK, EnvironmentCreator
from bot.flows.accounts.environment_marks import renamed_from, renames, switches
from bot.flows.accounts.environment_uses import uses_of
from bot.flows.plan import Approved, Authority, Plan

Existing = RenameEnvironment | DisableEnvironment | EnableEnvironment


@dataclass(frozen=True)
class Change:
    """What a command does to an environment, and whether it is so already."""

    state: PlaceState
    reached: bool
    mark: str
    act: Callable[[], Awaitable[Environment]]


@dataclass(frozen=True)
class EnvironmentChanger:
    """Applies plans that change environments at Cloudinary."""

    creator: EnvironmentCreator

    async def change(
        self, job: Job, person: Person, plan: Plan, command: PlaceChange, by: Authority
    ) -> Outcome:
        """Apply one plan."""
        if isinstance(command, CreateEnvironment):
            return await self.creator.create(job, person, plan, command, by)
        named = isinstance(command, RenameEnvironment)
        lock = NAMES_LOCK if named else f"environment:{plan.environment.id}"
        async with self.creator.locks.hold(lock, job):
            return await self._change(job, person, plan, command, by)

    async def done(self, job: Job, plan: Plan, command: PlaceChange) -> bool:
        """Whether this job changed the environment before."""
        if isinstance(command, CreateEnvironment):
            return await self.creator.done(job, command)
        place = await self._read(plan.environment.id)
        change = self._of(command, place) if place else None
        return place is not None and change is not None and _is_own(job, command, place, change)

    async def _change(
        self, job: Job, person: Person, plan: Plan, command: Existing, by: Authority
    ) -> Outcome:
        place, steps = await self._read(plan.environment.id), self.creator.steps
        if place is None:
            return NoSuchEnvironment(plan.name, None, ())
        change = self._of(command, place)
        own = _is_own(job, command, place, change)
        if change.reached and not own:
            return EnvironmentUnchanged(place, change.state)
        after = place
        if not own:
            if stop := await self._obstacle(job, person, plan, command, place, by):
                return stop
            names = {"new": command.new} if isinstance(command, RenameEnvironment) else {}
            await steps.begin(job, change.mark, place, by, names)
            after = await self._act(command, place, change)
        before = place.name
        if isinstance(command, RenameEnvironment):
            before = renamed_from(job, place, command) or place.name
        told = await steps.finish(job, person, after, change.state, by, before)
        uses = await uses_of(self.creator.account, after)
        was = replace(place, name=before)
        return EnvironmentChanged(after, change.state, was, uses, told_security=told)

    async def _obstacle(
        self,
        job: Job,
        person: Person,
        plan: Plan,
        command: Existing,
        place: Environment,
        by: Authority,
    ) -> Outcome | None:
        """Look again, inside the lock, at what the plan found."""
        tier = by.request.terms.tier if isinstance(by, Approved) else plan.environment.tier
        if (place.name, place.tier) != (plan.environment.name, tier):
            return EnvironmentOvertaken(place)
        if isinstance(command, RenameEnvironment):
            every = await self.creator.account.environments()
            return self.creator.names.of_renamed(person, command, place, every)
        if isinstance(command, DisableEnvironment):
            if command.confirm == place.name:
                return None
            uses = await uses_of(self.creator.account, place)
            return EnvironmentProtected(place, uses, replace(command, confirm=place.name))
        asked_at = by.request.asked_at if isinstance(by, Approved) else job.accepted_at
        last = await self.creator.steps.jobs.last_change(place.id)
        return EnvironmentOvertaken(place) if overtaken(last, asked_at) else None

    async def _act(self, command: Existing, place: Environment, change: Change) -> Environment:
        """Make the change; after an unclear answer, what Cloudinary shows counts."""
        try:
            after = await change.act()
        except Unavailable as error:
            found = await self._read(place.id) if error.maybe_done else None
            if found is None or not self._of(command, found).reached:
                raise
            return found
        if not self._of(command, after).reached:
            raise Unavailable("the state of the environment is not certain", maybe_done=True)
        return replace(after, fixed=place.fixed)

    async def _read(self, environment_id: str) -> Environment | None:
        places = await self.creator.account.environments()
        return next((each for each in places if each.id == environment_id), None)

    def _of(self, command: Existing, place: Environment) -> Change:
        switch, id_ = self.creator.places.switch_environment, place.id
        if isinstance(command, RenameEnvironment):
            act = partial(self.creator.places.rename_environment, id_, command.new)
            mark = renames(place, command, place.name)
            return Change(PlaceState.RENAMED, place.name == command.new, mark, act)
        enables = isinstance(command, EnableEnvironment)
        state = PlaceState.ENABLED if enables else PlaceState.DISABLED
        act = partial(switch, id_, enabled=enables)
        return Change(state, place.enabled is enables, switches(place, state), act)


def _is_own(job: Job, command: Existing, place: Environment, change: Change) -> bool:
    """Whether the environment is as this job changed it."""
    if isinstance(command, RenameEnvironment):
        return change.reached and renamed_from(job, place, command) is not None
    return change.reached and job.effect == change.mark
