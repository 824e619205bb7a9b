"""Renews granted access: it ends later, and a key that was disabled at the end works again."""

from dataclasses import dataclass, replace

from bot.domain.commands.requests import Renew
from bot.domain.jobs import Job
from bot.domain.keys import Located, ProtectionReason, overtaken
from bot.domain.outcomes.keys import KeyProtected, NoSuchKey
from bot.domain.outcomes.requests import NoSuchRequest, Renewed
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.deadlines import noticed
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.flows.plan import Plan
from bot.flows.ports import Account, Changes, Clock, Locks
from bot.flows.request_writer import RequestWriter, to_owner


@dataclass(frozen=True)
class KeyRenewer:
    """Carries out plans that renew access; the approving request says until when."""

    account: Account
    locks: Locks
    writer: RequestWriter
    clock: Clock
    changes: Changes

    async def renew(self, job: Job, plan: Plan, command: Renew) -> Outcome:
        """Renew in the environment's turn: the end of the old access comes before or after."""
        approved = await self.writer.requests.load(job.request)
        if approved is None:
            return NoSuchRequest(job.request)
        async with self.locks.hold(f"environment:{plan.environment.id}", job):
            return await self._extend(job, approved, plan, command)

    async def _extend(self, job: Job, approved: Request, plan: Plan, command: Renew) -> Outcome:
        old = await self.writer.requests.load(command.id)
        if old is None:
            return NoSuchRequest(command.id)
        if old.ended and (stop := await self._enable(approved, plan, old.made)):
            return stop
        if old.ends_at == approved.ends_at and not old.ended:
            return Renewed(old)
        ends_at, version = approved.ends_at, old.version + 1
        longer = replace(old, ends_at=ends_at, ended=False, noticed=0, version=version)
        later = noticed(longer, self.clock.now())
        notifications = to_owner(later, Topic.RENEWED)
        renewed = await self.writer.write(old, later, "renewed", notifications, job)
        return Renewed(renewed) if renewed else await self._extend(job, approved, plan, command)

    async def _enable(
        self, approved: Request, plan: Plan, api_key: str
    ) -> KeyProtected | NoSuchKey | None:
        """Enable a key whose access ended, unless a person disabled it after the renewal's asking.

        The approver of the renewal may not know of that.
        """
        keys = await self.account.keys(plan.environment.id)
        key = next((each for each in keys if each.api_key == api_key), None)
        if key is None:
            return NoSuchKey(plan.name, None, (plan.environment,))
        if overtaken(await self.changes.last_change(api_key), approved.asked_at):
            return KeyProtected(Located(key, plan.environment), ProtectionReason.OVERTAKEN, None)
        await self.account.set_enabled(plan.environment.id, api_key, enabled=True)
        return None
