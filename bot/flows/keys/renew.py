"""Renews granted access: it ends later, and its key works again where it has ended."""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.commands.requests import Renew
from bot.domain.jobs import Job
from bot.domain.outcomes.requests import NoSuchRequest, Renewed
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.deadlines import noticed
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic, announce
from bot.flows.audit import AuditLog, about_request
from bot.flows.plan import Plan
from bot.flows.ports import Account, Locks
from bot.flows.request_ports import Requests


@dataclass(frozen=True)
class KeyRenewer:
    """Carries out plans that renew access; the approving request says until when."""

    account: Account
    locks: Locks
    requests: Requests
    audit_log: AuditLog

    async def renew(self, job: Job, plan: Plan, command: Renew) -> Outcome:
        """Renew in the environment's turn: the end of the old access comes before or after."""
        approved = await self.requests.load(job.request)
        if approved is None:
            return NoSuchRequest(job.request)
        async with self.locks.hold(f"environment:{plan.environment.id}"):
            return await self._extend(job, approved, command)

    async def _extend(self, job: Job, approved: Request, command: Renew) -> Outcome:
        old = await self.requests.load(command.id)
        if old is None:
            return NoSuchRequest(command.id)
        if old.ended:
            await self.account.set_enabled(old.terms.environment_id, old.made, enabled=True)
        if old.ends_at == approved.ends_at and not old.ended:
            return Renewed(old)
        longer = replace(
            old, ends_at=approved.ends_at, ended=False, noticed=0, version=old.version + 1
        )
        later = noticed(longer, self.audit_log.clock.now())
        entry = self.audit_log.entry(job, AuditEvent.MOVED, about_request(later), "renewed")
        notifications = announce(later.id, Topic.RENEWED, to=later.terms.owner.user_id)
        if not await self.requests.replace(old, later, entry, notifications):
            return await self._extend(job, approved, command)
        return Renewed(later)
