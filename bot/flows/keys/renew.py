"""Renews granted access: it ends later, and a key that was disabled at the end works again."""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.commands.requests import Renew
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located, ProtectionReason, overtaken
from bot.domain.outcomes.keys import KeyProtected, NoSuchKey
from bot.domain.outcomes.requests import NoSuchRequest, Renewed
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.deadlines import noticed
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.flows.audit import AuditLog, about_key
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Account, Jobs, Locks
from bot.flows.request_writer import RequestWriter, to_owner

APPLIED: Final = "applied"
"""The intent of a renewal, written right before the key is enabled."""


@dataclass(frozen=True)
class KeyRenewer:
    """Carries out plans that renew access; the approving request says until when."""

    account: Account
    locks: Locks
    writer: RequestWriter
    audit_log: AuditLog
    jobs: Jobs

    async def renew(self, job: Job, plan: Plan, command: Renew, authority: Authority) -> Outcome:
        """Renew in the environment's turn: the end of the old access comes before or after."""
        approved = await self.writer.requests.load(job.request)
        if approved is None:
            return NoSuchRequest(job.request)
        async with self.locks.hold(f"environment:{plan.environment.id}", job):
            return await self._extend(job, approved, plan, command, authority)

    async def done(self, job: Job, plan: Plan, command: Renew) -> bool:
        """Whether the access is renewed, or its key enabled by this job to that end."""
        approved = await self.writer.requests.load(job.request)
        old = await self.writer.requests.load(command.id)
        if approved is None or old is None:
            return False
        if old.ends_at == approved.ends_at and not old.ended:
            return True
        key = await self._key(plan, old.made) if job.effect == APPLIED else None
        return key is not None and key.enabled

    async def _extend(
        self, job: Job, approved: Request, plan: Plan, command: Renew, authority: Authority
    ) -> Outcome:
        old = await self.writer.requests.load(command.id)
        if old is None:
            return NoSuchRequest(command.id)
        if old.ended and (stop := await self._enable(job, approved, plan, old.made, authority)):
            return stop
        if old.ends_at == approved.ends_at and not old.ended:
            return Renewed(old)
        ends_at, version = approved.ends_at, old.version + 1
        longer = replace(old, ends_at=ends_at, ended=False, noticed=0, version=version)
        later = noticed(longer, self.audit_log.clock.now())
        notifications = to_owner(later, Topic.RENEWED)
        renewed = await self.writer.write(old, later, "renewed", notifications, job)
        if renewed is None:
            return await self._extend(job, approved, plan, command, authority)
        return Renewed(renewed)

    async def _key(self, plan: Plan, api_key: str) -> Key | None:
        keys = await self.account.keys(plan.environment.id)
        return next((each for each in keys if each.api_key == api_key), None)

    async def _enable(
        self, job: Job, approved: Request, plan: Plan, api_key: str, authority: Authority
    ) -> KeyProtected | NoSuchKey | None:
        """Enable a key whose access ended, unless a person disabled it after the renewal's asking.

        The approver of the renewal may not know of that.
        """
        key = await self._key(plan, api_key)
        if key is None:
            return NoSuchKey(plan.name, None, (plan.environment,))
        here = Located(key, plan.environment)
        if overtaken(await self.jobs.last_change(api_key), approved.asked_at):
            return KeyProtected(here, ProtectionReason.OVERTAKEN, None)
        begun = self.audit_log.entry(job, AuditEvent.BEGUN, about_key(here), authority.policy)
        await self.jobs.begin(job, APPLIED, begun)
        await self.account.set_enabled(plan.environment.id, api_key, enabled=True)
        return None
