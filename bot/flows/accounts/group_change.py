"""Changes user groups: look, intent, effect, look again, within the lock of the account's users.

After a crash the job runs again, and the groups tell it what is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.domain.audit import AuditEvent
from bot.domain.commands.groups import (
    AddToGroup,
    CreateGroup,
    DropFromGroup,
    GroupChange,
    OfMember,
    RemoveGroup,
    RenameGroup,
)
from bot.domain.jobs import Job
from bot.domain.keys import LastChange
from bot.domain.outcomes.groups import (
    GroupChanged,
    GroupStop,
    GroupStopped,
    GroupUnchanged,
    MemberUnclear,
    NoSuchGroup,
)
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import NoSuchUser
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.domain.user_groups import GroupTerms, UserGroup
from bot.domain.users import AccountUser, is_still
from bot.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from bot.flows.account_changes import AccountChanges
from bot.flows.accounts.group_facts import GroupFacts, is_so
from bot.flows.accounts.still_decided import still_decided
from bot.flows.accounts.user_change import LOCK
from bot.flows.accounts.user_notices import GRAVE
from bot.flows.audit import AuditLog, about_group
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Done, Jobs, Locks


@dataclass(frozen=True)
class GroupChanger:
    """Applies plans that change a group."""

    facts: GroupFacts
    jobs: Jobs
    locks: Locks
    audit_log: AuditLog
    changes: AccountChanges

    async def change(
        self, job: Job, person: Person, plan: Plan, command: GroupChange, authority: Authority
    ) -> Outcome:
        """Apply one plan; the second of two equal ones answers that nothing is left to change."""
        terms = plan.group
        if terms is None:
            return NoSuchGroup(plan.name)
        async with self.locks.hold(LOCK, job):
            about = about_group(terms, command)
            if await self._reached(command):
                if job.effect != _mark(command):
                    return GroupUnchanged(command, terms)
            else:
                stop = await self._stop(person, command, terms, authority)
                if stop:
                    return stop
                begun = self.audit_log.entry(job, AuditEvent.BEGUN, about, authority.policy)
                await self.jobs.begin(job, _mark(command), begun)
                if not await self._act(command):
                    return GroupStopped(terms, GroupStop.REFUSED)
            await self.changes.note()
            done = self.audit_log.entry(job, AuditEvent.DONE, about, authority.policy)
            changed = LastChange(type(command).__name__, person.name, done.at, job.id)
            grave = plan.action is Action.USER_MASTER_ADMIN
            notice = f"{GRAVE}{person.name} {noticed(command, terms)}." if grave else ""
            await self.jobs.finish(job, done, Done(terms.id or terms.name, changed, notice))
        return GroupChanged(command, terms)

    async def done(self, job: Job, command: GroupChange) -> bool:
        """Whether this job made the change before."""
        return job.effect == _mark(command) and await self._reached(command)

    async def _stop(
        self, person: Person, command: GroupChange, terms: GroupTerms, authority: Authority
    ) -> Outcome | None:
        """Look at everything again: what approvers saw has to hold now."""
        decided = await still_decided(authority, self.facts.users)
        if not (decided and await self._is_still(person)):
            return GroupStopped(terms, GroupStop.CHANGED)
        groups = await self.facts.account.user_groups()
        if isinstance(command, CreateGroup):
            return await self.facts.stop(person, command, groups, terms)
        group = await self.facts.group(command.group, groups)
        if group is None:
            return NoSuchGroup(terms.name)
        user = None
        if isinstance(command, OfMember):
            try:
                user = await self.facts.users.user(command.person)
            except NotFound:
                gone = NoSuchUser(terms.member.email if terms.member else command.person)
                return MemberUnclear(gone)
        now = await self.facts.terms(command, group, user)
        resized = isinstance(command, RemoveGroup) and terms.size != now.size
        if terms.parts != now.parts or resized:
            return GroupStopped(terms, GroupStop.CHANGED)
        return await self.facts.stop(person, command, groups, terms, user)

    async def _is_still(self, person: Person) -> bool:
        """Whether the requester is who they were before the change waited for the lock."""
        try:
            user = await self.facts.users.user(person.cloudinary_id or "")
        except NotFound:
            return False
        return is_still(person, {user.id: AccountUser(user)})

    async def _act(self, command: GroupChange) -> bool:
        """Have the effect; False if Cloudinary refuses it."""
        try:
            await self._send(command)
        except Unavailable:
            if await self._reached(command):
                return True
            raise
        except (Forbidden, Conflict, NotFound, Invalid):
            return False
        if not await self._reached(command):
            raise Unavailable("the change of the group is not certain", maybe_done=True)
        return True

    async def _send(self, command: GroupChange) -> None:
        account = self.facts.account
        match command:
            case CreateGroup(name):
                await account.create_group(name)
            case RenameGroup(group, new):
                await account.rename_group(group, new)
            case RemoveGroup(group):
                await account.remove_group(group)
            case AddToGroup(group, person):
                await account.add_member(group, person)
            case DropFromGroup(group, person):
                await account.drop_member(group, person)
            case _:
                assert_never(command)

    async def _reached(self, command: GroupChange) -> bool:
        """Whether Cloudinary shows what the change leads to."""
        groups: Sequence[UserGroup] = await self.facts.account.user_groups()
        if isinstance(command, CreateGroup):
            return any(each.name == command.name for each in groups)
        group = await self.facts.group(command.group, groups)
        return is_so(group, command) if group else isinstance(command, RemoveGroup)


def noticed(command: GroupChange, terms: GroupTerms) -> str:
    """Say what a person did, after their name."""
    who, group = terms.member.email if terms.member else "", f"the user group {terms.name}"
    match command:
        case CreateGroup():
            return f"created {group}"
        case RenameGroup(new=new):
            return f"renamed {group} to {new}"
        case RemoveGroup():
            return f"removed {group}"
        case AddToGroup():
            return f"added {who} to {group}"
        case DropFromGroup():
            return f"took {who} out of {group}"
        case _:
            assert_never(command)


def _mark(command: GroupChange) -> str:
    """What a job writes as its intent, and recognizes as its own effect after a crash."""
    match command:
        case CreateGroup(name):
            return f"group create:{name}"
        case RenameGroup(group, new):
            return f"group rename:{group}:{new}"
        case RemoveGroup(group):
            return f"group remove:{group}"
        case AddToGroup(group, person):
            return f"group add:{group}:{person}"
        case DropFromGroup(group, person):
            return f"group drop:{group}:{person}"
        case _:
            assert_never(command)
