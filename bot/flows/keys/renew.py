"""Renews granted access: it ends later, and a key that was disabled at the end works again."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.commands.requests import Renew
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located, ProtectionReason, overtaken
from bot.domain.outcomes.keys import KeyProtected, NoSuchKey, SignerMoves
from bot.domain.outcomes.requests import NoSuchRequest, NotAskable, Renewed
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.deadlines import noticed
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.domain.signing import Act, Planned, move_of
from bot.flows.audit import AuditLog, about_key, about_move
from bot.flows.keys.effects import rotated_obstacle, unforeseen
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Account, Jobs, Locks
from bot.flows.request_writer import RequestWriter, to_owner

APPLIED: Final = "applied"
"""The intent of a renewal that has to enable its key."""


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
        """Whether the access is renewed, and its key works where that was to enable it."""
        approved = await self.writer.requests.load(job.request)
        old = await self.writer.requests.load(command.id)
        if approved is None or old is None or not _is_renewed(old, approved):
            return False
        key = await self._key(plan, old.made) if old.enabling else None
        return not old.enabling or (key is not None and key.enabled)

    async def give_up(self, job: Job, command: Renew) -> None:
        """End the access at once: Cloudinary may have enabled the key without an answer."""
        begun = await self.jobs.load(job.id)
        approved = await self.writer.requests.load(job.request)
        old = await self.writer.requests.load(command.id)
        if begun is None or begun.effect != APPLIED or approved is None or old is None:
            return
        former = begun.begun_at is None  # a former version enabled the key before it stored the end
        if (former and old.ended) or (old.enabling and _is_renewed(old, approved)):
            now = self.audit_log.clock.now()
            ending = replace(old, ends_at=now, ended=False, version=old.version + 1)
            if await self.writer.write(old, ending, "not_renewed", job=job) is None:
                await self.give_up(job, command)

    async def _extend(
        self, job: Job, approved: Request, plan: Plan, command: Renew, authority: Authority
    ) -> Outcome:
        """Store the new end before the key is enabled: no key is ever enabled without an end."""
        old, now = await self.writer.requests.load(command.id), self.audit_log.clock.now()
        if old is None:
            return NoSuchRequest(command.id)
        if _is_renewed(old, approved) and not old.enabling:
            return Renewed(old)
        if _is_over(approved, now):
            return NotAskable(NotAskableReason.NOT_RENEWABLE, approved.approval)
        enables = old.ended or old.enabling or _is_over(old, now)
        if enables and (stop := await self._begin(job, approved, plan, old.made, authority)):
            return stop
        stored: Request | None = old
        if not _is_renewed(old, approved):
            stored = await self._renew(job, old, approved, enabling=enables)
        if stored and enables:
            await self.account.set_enabled(plan.environment.id, old.made, enabled=True)
            stored = await self._enabled(job, stored)
        return (
            Renewed(stored)
            if stored
            else await self._extend(job, approved, plan, command, authority)
        )

    async def _renew(
        self, job: Job, old: Request, approved: Request, *, enabling: bool
    ) -> Request | None:
        """Store the new end; the owner is told once the key works."""
        ends_at, version = approved.ends_at, old.version + 1
        longer = replace(
            old,
            ends_at=ends_at,
            ended=False,
            enabling=enabling,
            held=None,
            noticed=0,
            version=version,
        )
        later = noticed(longer, self.audit_log.clock.now())
        told = () if enabling else to_owner(later, Topic.RENEWED)
        return await self.writer.write(old, later, "renewed", told, job)

    async def _enabled(self, job: Job, old: Request) -> Request | None:
        works = replace(old, enabling=False, version=old.version + 1)
        return await self.writer.write(old, works, "enabled", to_owner(works, Topic.RENEWED), job)

    async def _key(self, plan: Plan, api_key: str) -> Key | None:
        keys = await self.account.keys(plan.environment.id)
        return next((each for each in keys if each.api_key == api_key), None)

    async def _begin(
        self, job: Job, approved: Request, plan: Plan, api_key: str, authority: Authority
    ) -> KeyProtected | NoSuchKey | SignerMoves | None:
        """Write the intent to enable the key, unless a person disabled it after the asking.

        The approver of the renewal may not know of that, nor of another webhook signer.
        """
        keys = await self.account.keys(plan.environment.id)
        key = next((each for each in keys if each.api_key == api_key), None)
        if key is None:
            return NoSuchKey(plan.name, None, (plan.environment,))
        here, move = Located(key, plan.environment), move_of(keys, Planned(Act.ENABLE, key))
        last = await self.jobs.last_change(api_key)
        running = await self.writer.requests.rotation_of(api_key)
        if overtaken(last, approved.asked_at):
            return KeyProtected(here, ProtectionReason.OVERTAKEN, None)
        if kept := rotated_obstacle(here, last, running):
            return kept
        if stop := unforeseen(here, move, authority):
            return stop
        target = about_key(here) | about_move(move)
        begun = self.audit_log.entry(job, AuditEvent.BEGUN, target, authority.policy)
        await self.jobs.begin(job, APPLIED, begun)
        return None


def _is_renewed(old: Request, approved: Request) -> bool:
    return old.ends_at == approved.ends_at and not old.ended


def _is_over(request: Request, now: datetime) -> bool:
    return request.ends_at is not None and request.ends_at <= now
