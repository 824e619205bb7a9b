"""Applies a plan, at once or as an approved request: the same steps either way.

A change or a creation of a key writes its own intent, which names the key. Every other plan's
intent is written here. Once it is written, a job that runs again recognizes its own effect instead
of being decided again.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from bot.domain.audit import AuditEvent
from bot.domain.commands.environments import SetTier
from bot.domain.commands.keys import CreateKey
from bot.domain.commands.requests import Renew, RequestKey
from bot.domain.commands.users import LinkUser
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.flows.audit import AuditLog
from bot.flows.keys.change import KeyChanger
from bot.flows.keys.create import KeyCreator
from bot.flows.keys.renew import KeyRenewer
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Jobs

APPLIED: Final = "applied"
"""The intent of a plan whose effect names itself by the job's id."""


class PlanLinker(Protocol):
    """Applies plans that bind a Slack user to another Cloudinary user."""

    async def link(self, job: Job, plan: Plan, command: LinkUser, authority: Authority) -> Outcome:
        """Link the person, if what the plan found still holds."""


class TierApplier(Protocol):
    """Applies plans that fix a tier."""

    async def fix(
        self, job: Job, person: Person, plan: Plan, command: SetTier, authority: Authority
    ) -> Outcome:
        """Apply one plan."""


@dataclass(frozen=True)
class KeyApplier:
    """Applies every plan; reveals, recovery and deadlines change keys in their own modules."""

    changer: KeyChanger
    creator: KeyCreator
    renewer: KeyRenewer
    linker: PlanLinker
    tiers: TierApplier
    jobs: Jobs
    audit_log: AuditLog

    async def apply(self, job: Job, person: Person, plan: Plan, authority: Authority) -> Outcome:
        """Apply a plan on the given authority."""
        match plan.command:
            case CreateKey() | RequestKey():
                return await self.creator.create(job, plan, authority)
            case Renew() as command:
                return await self.renewer.renew(await self._begin(job, authority), plan, command)
            case LinkUser() as command:
                job = await self._begin(job, authority)
                return await self.linker.link(job, plan, command, authority)
            case SetTier() as command:
                job = await self._begin(job, authority)
                return await self.tiers.fix(job, person, plan, command, authority)
            case change:
                return await self.changer.change(job, person, plan, change, authority)

    async def _begin(self, job: Job, authority: Authority) -> Job:
        entry = self.audit_log.entry(job, AuditEvent.BEGUN, {}, authority.policy)
        return job if job.effect else await self.jobs.begin(job, APPLIED, entry)
