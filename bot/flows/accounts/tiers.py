"""Fixes the tier of an environment.

The effect is a record in Redis, so there is no intent: tier, audit entry and notice are one step. A
job that runs again recognizes its own record by the job's id.
"""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.commands.environments import SetTier
from bot.domain.environments import Environment, FixedTier, Tier, UnreadableTier
from bot.domain.jobs import Job
from bot.domain.outcomes.environments import (
    NoSuchEnvironment,
    TierFixed,
    TierOvertaken,
    TierUnchanged,
)
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.audit import AuditLog, about_environment
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Account, Locks, Tiers


@dataclass(frozen=True)
class TierFixer:
    """Applies plans that fix a tier."""

    account: Account
    tiers: Tiers
    locks: Locks
    audit_log: AuditLog

    async def fix(
        self, job: Job, person: Person, plan: Plan, command: SetTier, authority: Authority
    ) -> Outcome:
        """Fix a tier by the environment's id; of two changes, an older one never undoes a newer."""
        async with self.locks.hold(f"environment:{plan.environment.id}", job):
            places = await self.account.environments()
            place = next((each for each in places if each.id == plan.environment.id), None)
            if place is None:
                return NoSuchEnvironment(plan.name, None, ())
            return await self._fix(job, person, place, Tier(command.tier), authority)

    async def done(self, job: Job, plan: Plan) -> bool:
        """Whether the environment's tier is the one that this job fixed."""
        stored = (await self.tiers.stored([plan.environment.id])).get(plan.environment.id)
        return isinstance(stored, FixedTier) and stored.job == job.id

    async def _fix(
        self, job: Job, person: Person, place: Environment, tier: Tier, authority: Authority
    ) -> Outcome:
        stored = (await self.tiers.stored([place.id])).get(place.id)  # raises where Redis is away
        if isinstance(stored, UnreadableTier):
            return await self._write(job, person, place, stored, tier, authority)
        before = stored
        if before and before.job == job.id:
            return TierFixed(place, place.tier)
        if before and before.at > job.accepted_at:
            return TierOvertaken(place)
        if before and before.tier is tier:
            return TierUnchanged(place)
        return await self._write(job, person, place, before, tier, authority)

    async def _write(
        self,
        job: Job,
        person: Person,
        place: Environment,
        before: FixedTier | UnreadableTier | None,
        tier: Tier,
        authority: Authority,
    ) -> Outcome:
        """Write a tier; a new record takes the place of one that can't be read."""
        version = before.version + 1 if isinstance(before, FixedTier) else 1
        now = self.audit_log.clock.now()
        after = FixedTier(tier, job.actor, person.name, now, job.id, version)
        target = about_environment(place) | {"tier": tier, "before": place.tier}
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, authority.policy)
        notice = f"{person.name} fixed the tier of {place.name} at {tier}; it was {place.tier}."
        if not await self.tiers.fix(place.id, before, after, entry, notice):
            return TierOvertaken(place)
        return TierFixed(replace(place, fixed=after), place.tier)
