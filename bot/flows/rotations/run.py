"""Runs `key rotate`: opens the request, and before that disables a key that leaked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import Misunderstood, write
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.jobs import Job, Reply
from bot.domain.keys import Change, Located
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, NothingToChange
from bot.domain.outcomes.requests import AlreadyRequested, NotAskable, Requested
from bot.domain.outcomes.rotations import NotRotated
from bot.domain.outcomes.union import NotReplaced, Outcome, Several
from bot.domain.passphrases import NOT_SCHEDULED
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.domain.requests.limits import NotAskableReason
from bot.errors import StoreError
from bot.flows.audit import AuditLog
from bot.flows.authorize import Authorizer
from bot.flows.plan import Plan
from bot.flows.ports import Jobs
from bot.flows.rotations.plan import RotationPlanner, retried
from bot.flows.rotations.schedules import RotationScheduler

Disable = Callable[[Job, Person, DisableKey], Awaitable[Outcome]]
"""Runs a disabling as the command of its own that it is."""
NO_EMERGENCY: Final = frozenset({NotAskableReason.EMERGENCY, NotAskableReason.NO_ACCESS})
LEAKED: Final = "The key is compromised"
"""The reason where a person has no time to type one."""


@dataclass(frozen=True)
class Rotator:
    """Begins rotations."""

    planner: RotationPlanner
    authorizer: Authorizer
    jobs: Jobs
    audit_log: AuditLog
    scheduler: RotationScheduler

    async def run(self, job: Job, person: Person, command: RotateKey, disable: Disable) -> Outcome:
        """Open the request of a rotation, or change the schedule of the key."""
        if command.every is not None and command.passphrase:
            return Misunderstood(NOT_SCHEDULED)
        if command.every is not None:
            return await self.scheduler.change(job, person, command)
        if command.compromised:
            return await self._compromised(job, person, command, disable)
        plan = await self.planner.plan(job, person, command)
        if not isinstance(plan, Plan):
            return plan
        return await self.authorizer.request(job, person, plan)

    async def _compromised(
        self, job: Job, person: Person, command: RotateKey, disable: Disable
    ) -> Outcome:
        """Disable the key as `key disable` does; what stops the rest never delays that."""
        stop = DisableKey(command.name, command.env, command.confirm, command.reason)
        stopped = await self._stop(job, person, stop, disable)
        if isinstance(stopped, KeyProtected):
            return retried(command, stopped)
        if not isinstance(stopped, KeyChanged | NothingToChange):
            return stopped
        key, place = stopped.located.key, stopped.located.environment
        named = replace(command, name=key.api_key, env=place.cloud_name)
        plan = await self.planner.plan(job, person, named)
        if not isinstance(plan, Plan):
            return Several((stopped, _after(stopped, plan)))
        plan = replace(plan, reason=plan.reason or LEAKED)
        opened = await self.authorizer.request(job, person, plan)
        if isinstance(opened, NotAskable) and opened.reason in NO_EMERGENCY:
            usual = replace(plan, emergency=False)
            opened = await self.authorizer.request(job, person, usual)
        return Several((stopped, _after(stopped, opened)))

    async def _stop(
        self, job: Job, person: Person, command: DisableKey, disable: Disable
    ) -> Outcome:
        """Run the disabling by a job of its own, which a job that runs again finds finished."""
        id_, text = f"{job.id}d", write(command)
        own = Job(id_, job.actor, text, Action.KEY_DISABLE, Reply(), job.accepted_at)
        own = replace(own, part_of=job.id, trace=job.trace)
        entry = self.audit_log.entry(own, AuditEvent.ASKED, {}, "compromised")
        await self.jobs.keep(own, entry)
        stored = await self.jobs.load(id_)
        if stored is None:
            raise StoreError("the job of the disabling is not stored")
        if stored.finished:
            found = await self.planner.resolver.key(person, command)
            if isinstance(found, Located):
                return NothingToChange(found, Change.DISABLED, None)
            return found
        kept = replace(stored, part_of=job.id, accepted_at=job.accepted_at)
        return await disable(kept.by(person), person, command)


def _after(stopped: KeyChanged | NothingToChange, opened: Outcome) -> Outcome:
    """Say of a rotation that does not begin only what is true beside the disabling."""
    if isinstance(opened, NotRotated):
        return replace(opened, stopped=True)
    asked = isinstance(opened, Requested | AlreadyRequested)
    return opened if asked else NotReplaced(stopped.located, opened)
