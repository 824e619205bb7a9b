"""Applies plans that change users of the account: lock, read again, intent, effect, read back.

Every rule is asked again inside the lock of the account's users, so that of two changes at once
the second one sees the first. After a crash the job runs again: its intent and the user tell what
is done.
"""

from dataclasses import dataclass

from bot.domain.audit import AuditEvent
from bot.domain.commands.users import AddUser, UserChange
from bot.domain.jobs import Job
from bot.domain.keys import LastChange
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import (
    NoSuchUser,
    UserChanged,
    UserExists,
    UserRefused,
    UserUnchanged,
)
from bot.domain.people import CloudinaryUser, Person
from bot.domain.users import Refusal, UserTerms
from bot.errors import CloudinaryError, NotFound, RateLimited, Unavailable
from bot.flows.account_changes import AccountChanges
from bot.flows.accounts.still_decided import still_decided
from bot.flows.accounts.user_effects import UserEffects
from bot.flows.accounts.user_guard import UserGuard
from bot.flows.accounts.user_invite import UserInviter
from bot.flows.accounts.user_notices import GRAVE, noticed
from bot.flows.audit import AuditLog, about_user
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Done, Jobs, Locks

LOCK = "account:users"
"""Held for every change of users, groups and roles of the account."""


@dataclass(frozen=True)
class UserChanger:
    """Applies plans that change users."""

    guard: UserGuard
    effects: UserEffects
    inviter: UserInviter
    jobs: Jobs
    locks: Locks
    audit_log: AuditLog
    changes: AccountChanges

    async def change(
        self, job: Job, person: Person, plan: Plan, command: UserChange, authority: Authority
    ) -> Outcome:
        """Apply a plan."""
        async with self.locks.hold(LOCK, job):
            found = await self._look(command)
            about = found or self._imagined(plan, command)
            if job.effect == _mark(command, about) and await self._reached(found, command):
                return await self._finish(job, person, plan, about, command, authority)
            stop = await self._stop(person, plan, found, about, command, authority)
            return stop or await self._act(job, person, plan, about, command, authority)

    async def done(self, job: Job, plan: Plan, command: UserChange) -> bool:
        """Whether this job changed the user before."""
        found = await self._look(command)
        about = found or self._imagined(plan, command)
        return job.effect == _mark(command, about) and await self._reached(found, command)

    async def _look(self, command: UserChange) -> CloudinaryUser | None:
        """Read the user now; None if there is none."""
        if isinstance(command, AddUser):
            return await self.inviter.found(command)
        try:
            return await self.effects.users.user(command.person)
        except NotFound:
            return None

    def _imagined(self, plan: Plan, command: UserChange) -> CloudinaryUser:
        """The user who is not there yet, or no longer."""
        if isinstance(command, AddUser):
            return self.inviter.invited(command)
        return CloudinaryUser(
            command.person,
            "",
            plan.name,
            None,
            enabled=False,
            pending=False,
            all_environments=False,
        )

    async def _reached(self, found: CloudinaryUser | None, command: UserChange) -> bool:
        if isinstance(command, AddUser):
            return await self.inviter.reached(found, command)
        return await self.effects.reached(found, command)

    async def _stop(
        self,
        person: Person,
        plan: Plan,
        found: CloudinaryUser | None,
        about: CloudinaryUser,
        command: UserChange,
        authority: Authority,
    ) -> Outcome | None:
        """Why the change is not made: it is so already, or a rule refuses it now."""
        if isinstance(command, AddUser):
            if found:
                return UserExists(found, command.email)
        elif found is None:
            return NoSuchUser(plan.name)
        elif found.email != plan.name:
            return UserRefused(plan.name, Refusal.CHANGED_SINCE)
        elif await self._reached(found, command):
            return UserUnchanged(found, command)
        gift = await self.guard.judge(person, about, command)
        if isinstance(gift, Refusal):
            return UserRefused(plan.name, gift)
        unseen = gift.grave > plan.master_admin or not gift.is_within(plan.opens)
        if unseen or not await still_decided(authority, self.effects.users):
            return UserRefused(plan.name, Refusal.UNAPPROVED)
        return None

    async def _act(
        self,
        job: Job,
        person: Person,
        plan: Plan,
        about: CloudinaryUser,
        command: UserChange,
        authority: Authority,
    ) -> Outcome:
        begun = self.audit_log.entry(job, AuditEvent.BEGUN, about_user(about), authority.policy)
        job = await self.jobs.begin(job, _mark(command, about), begun)
        unclear, before = False, await self.effects.roles_now(about)
        try:
            await self._call(about, command)
        except RateLimited:
            raise
        except Unavailable:
            unclear = True
        except CloudinaryError:
            if not await self._is_done(command):
                await self.changes.note()
                now = await self.effects.roles_now(await self._look(command) or about)
                reason = Refusal.BY_CLOUDINARY if now == before else Refusal.IN_PART
                return UserRefused(about.email, reason)
        if not await self._is_done(command):
            raise Unavailable("the change of the user is not certain", maybe_done=unclear)
        return await self._finish(job, person, plan, about, command, authority)

    async def _call(self, about: CloudinaryUser, command: UserChange) -> None:
        if isinstance(command, AddUser):
            await self.inviter.invite(command)
        else:
            await self.effects.act(about, command)

    async def _is_done(self, command: UserChange) -> bool:
        return await self._reached(await self._look(command), command)

    async def _finish(
        self,
        job: Job,
        person: Person,
        plan: Plan,
        about: CloudinaryUser,
        command: UserChange,
        authority: Authority,
    ) -> Outcome:
        await self.changes.note()
        user = await self._look(command) or about
        entry = self.audit_log.entry(job, AuditEvent.DONE, about_user(user), authority.policy)
        change = LastChange(type(command).__name__, person.name, entry.at, job.id)
        told = noticed(command, user.email, plan.user or UserTerms())
        notice = f"{GRAVE if plan.master_admin else ''}{person.name} {told}."
        await self.jobs.finish(job, entry, Done(user.id, change, notice))
        return UserChanged(user, command, plan.user)


def _mark(command: UserChange, about: CloudinaryUser) -> str:
    """Name the intent: the change, the user and what they get."""
    change = type(command).__name__
    if isinstance(command, AddUser):
        return f"user {change}:{command.email.casefold()}:{command.role}:{command.env or ''}"
    asked = getattr(command, "role", "") or getattr(command, "envs", "")
    return f"user {change}:{about.id}:{asked}"
