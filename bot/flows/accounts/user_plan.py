"""Plans changes of users: finds the one user, and what stands in the way."""

import re
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.addresses import mailbox, same_address
from bot.domain.commands.users import (
    ALL,
    AddUser,
    DisableUser,
    ExistingUserChange,
    RemoveUser,
    SetUserEnvironments,
    UserChange,
)
from bot.domain.environments import NOWHERE
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import (
    UserExists,
    UserRefused,
    UserToConfirm,
    UserUnchanged,
)
from bot.domain.people import CloudinaryUser, Person, Role
from bot.domain.policy import Action
from bot.domain.users import Refusal
from bot.flows.accounts.find_user import FoundUser
from bot.flows.accounts.user_change import UserChanger
from bot.flows.accounts.user_guard import names_of
from bot.flows.accounts.user_read import UserBook
from bot.flows.keys.resolve import Resolver
from bot.flows.plan import Plan

_ADDRESS: Final = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")


@dataclass(frozen=True)
class UserPlanner:
    """Plans every change of a user."""

    book: UserBook
    changer: UserChanger
    resolver: Resolver

    async def plan(self, job: Job, person: Person, command: UserChange) -> Plan | Outcome:
        """Plan a change; the plan names the user by the Cloudinary id."""
        if isinstance(command, AddUser):
            return await self._invitation(job, person, command)
        found = await self.book.search.find(job.actor, command.person)
        if not isinstance(found, FoundUser):
            return found
        user, named = found.user, replace(command, person=found.user.id)
        if isinstance(named, SetUserEnvironments):
            places = await self._places(person, named.envs)
            if not isinstance(places, str | None):
                return places
            named = replace(named, envs=places or ALL)
        if await self.changer.effects.reached(user, named):
            return UserUnchanged(user, named)
        reason = await self.changer.guard.refuses(person, user, named)
        if reason:
            return UserRefused(user.email, reason)
        if isinstance(named, DisableUser | RemoveUser):
            if not same_address(named.confirm or "", user.email):
                shown = await self.book.shown(person, found)
                return UserToConfirm(shown, replace(named, confirm=None))
            named = replace(named, confirm=user.email)
        return await self._planned(named, user, found)

    async def _planned(
        self, command: ExistingUserChange, user: CloudinaryUser, found: FoundUser
    ) -> Plan:
        return Plan(
            command,
            NOWHERE,
            user.email,
            owner=found.slack,
            owner_id=user.id,
            owner_mailbox=mailbox(user.email),
            reason=command.reason or "",
            master_admin=await self.changer.guard.gives_master(user, command),
        )

    async def _invitation(self, job: Job, person: Person, command: AddUser) -> Plan | Outcome:
        if not _ADDRESS.fullmatch(command.email):
            return UserRefused(command.email, Refusal.NO_ADDRESS)
        found = await self.book.search.find(job.actor, command.email)
        if isinstance(found, FoundUser):
            return UserExists(found.user, command.email)
        if found.kind != "no_such_user":
            return found
        places = await self._places(person, command.env)
        if not isinstance(places, str | None):
            return places
        everywhere = command.role == Role.MASTER_ADMIN  # Cloudinary limits no master admin
        named = replace(command, env=None if everywhere else places)
        user = self.changer.inviter.invited(named)
        reason = await self.changer.guard.refuses(person, user, named)
        if reason:
            return UserRefused(command.email, reason)
        master = await self.changer.guard.gives_master(user, named)
        mail = mailbox(command.email)
        return Plan(
            *(named, NOWHERE, command.email),
            owner_mailbox=mail,
            reason=command.reason or "",
            master_admin=master,
        )

    async def _places(self, person: Person, typed: str | None) -> str | Outcome | None:
        """Name environments by their cloud names; None for all."""
        if typed is None or typed.strip().casefold() == ALL:
            return None
        chosen = []
        for name in filter(None, (each.strip() for each in typed.split(","))):
            found = await self.resolver.environments(person, Action.ENV_SHOW, name)
            if not isinstance(found, list):
                return found
            if len(found) > 1:
                return UserRefused(name, Refusal.WHICH_ENVIRONMENT)
            chosen += found
        return names_of(chosen) or UserRefused(typed, Refusal.WHICH_ENVIRONMENT)
