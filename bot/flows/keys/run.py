"""Runs a key command: read, or plan, authorize and apply."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.domain.commands.key_records import RecordChange
from bot.domain.commands.keys import AnyKeyCommand, DisableKey, KeyReading, RolesOfKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.jobs import Job
from bot.domain.keys import Located
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Allowed
from bot.flows.authorize import Authorizer
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.plan import KeyPlanner
from bot.flows.keys.read import KeyReader
from bot.flows.keys.record_plan import RecordPlanner
from bot.flows.plan import Plan

Disable = Callable[[Job, Person, DisableKey], Awaitable[Outcome]]


class Rotator(Protocol):
    """Begins rotations."""

    async def run(self, job: Job, person: Person, command: RotateKey, disable: Disable) -> Outcome:
        """Open the request of one; `disable` runs a disabling as the command that it is."""


@dataclass(frozen=True)
class KeyRunner:
    """Runs every key command, whether it is allowed at once or opens a request."""

    reader: KeyReader
    planner: KeyPlanner
    authorizer: Authorizer
    applier: KeyApplier
    records: RecordPlanner
    rotator: Rotator

    async def run(self, job: Job, person: Person, command: AnyKeyCommand) -> Outcome:
        """Run one command."""
        if isinstance(command, KeyReading):
            return await self.reader.read(person, command, job.page)
        if isinstance(command, RolesOfKey) and command.change is None:
            return await self.reader.look(person, command)
        if isinstance(command, RecordChange):
            return await self._carry_out(job, person, await self.records.plan(person, command))
        if isinstance(command, RotateKey):
            return await self.rotator.run(job, person, command, self.run)
        return await self._carry_out(
            job, person, await self.planner.plan(person, command, job.effect)
        )

    async def run_own(self, job: Job, person: Person, command: DisableKey) -> Outcome | None:
        """Run it for a person who may only stop their own keys; None if it names none of them."""
        plan = await self.planner.plan_own(person, command)
        return await self._carry_out(job, person, plan) if plan else None

    async def _carry_out(self, job: Job, person: Person, plan: Plan | Outcome) -> Outcome:
        if not isinstance(plan, Plan):
            return plan
        if job.finished:
            key = plan.key
            return await self.reader.shown(Located(key, plan.environment)) if key else Repeated()
        allowed = await self.authorizer.authorize(job, person, plan)
        if not isinstance(allowed, Allowed):
            return allowed
        return await self.applier.apply(job, person, plan, allowed)
