"""Plans changes of users: finds the one user, and what stands in the way."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.addresses import mailbox, same_address
from bot.domain.commands.users import (
    ALL,
    AddUser,
    DisableUser,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
    UserChange,
)
from bot.domain.environments import NOWHERE, Environment
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import (
    UserExists,
    UserRefused,
    UserToConfirm,
    UserUnchanged,
)
from bot.domain.people import Actor, CloudinaryUser, Person, Role, admit
from bot.domain.policy import Action
from bot.domain.users import ACCOUNT_MASTER, ALL_PLACES, Refusal, UserTerms
from bot.flows.accounts.find_user import FoundUser
from bot.flows.accounts.user_change import UserChanger
from bot.flows.accounts.user_guard import names_of
from bot.flows.accounts.user_read import UserBook
from bot.flows.keys.resolve import Resolver
from bot.flows.plan import Plan
from bot.flows.request_ports import Locator

_ADDRESS: Final = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")


@dataclass(frozen=True)
class UserPlanner:
    """Plans every change of a user."""

    book: UserBook
    changer: UserChanger
    resolver: Resolver
    slack: Locator
    team_id: str

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
        gift = await self.changer.guard.judge(person, user, named)
        if isinstance(gift, Refusal):
            return UserRefused(user.email, gift)
        if isinstance(named, DisableUser | RemoveUser):
            if not same_address(named.confirm or "", user.email):
                shown = await self.book.shown(person, found)
                return UserToConfirm(shown, replace(named, confirm=None))
            named = replace(named, confirm=user.email)
        return Plan(
            named,
            NOWHERE,
            user.email,
            owner=found.slack,
            owner_id=user.id,
            owner_mailbox=mailbox(user.email),
            reason=command.reason or "",
            user=await self._terms(person, user, named),
            master_admin=gift.grave,
            opens=tuple(sorted(gift.opens)),
        )

    async def _terms(
        self, person: Person, user: CloudinaryUser, command: UserChange
    ) -> UserTerms | None:
        """What approvers read of the change: before and after, by the names that people know."""
        if isinstance(command, SetUserRole):
            role, account = await self.changer.effects.roles_now(user)
            held = Role.MASTER_ADMIN if ACCOUNT_MASTER in account else role
            return UserTerms((held,) if held else (), (command.role,))
        if not isinstance(command, AddUser | SetUserEnvironments):
            return None
        asked = command.env if isinstance(command, AddUser) else command.envs
        every = await self.resolver.account.environments()
        seen = {it.id for it in await self.resolver.visible(person, Action.ENV_SHOW)}
        gets = every if asked in {None, ALL} else _by_cloud_name(every, str(asked))
        after = ALL_PLACES if asked in {None, ALL} else _names(gets)
        if isinstance(command, AddUser):
            return UserTerms((), after)
        had = every
        if not user.all_environments:
            reached = await self.changer.effects.users.environments_of(user.id)
            had = [it for it in every if it.id in reached]
        lost = [it for it in had if it not in gets]
        before = ALL_PLACES if user.all_environments else _names(it for it in had if it.id in seen)
        shown = [it for it in lost if it.id in seen]
        return UserTerms(before, after, _names(shown), len(lost) - len(shown))

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
        gift = await self.changer.guard.judge(person, user, named)
        if isinstance(gift, Refusal):
            return UserRefused(command.email, gift)
        mail = mailbox(command.email)
        return Plan(
            *(named, NOWHERE, command.email),
            owner=await self._member(job, command.email),
            owner_mailbox=mail,
            reason=command.reason or "",
            user=await self._terms(person, user, named),
            master_admin=gift.grave,
            opens=tuple(sorted(gift.opens)),
        )

    async def _member(self, job: Job, email: str) -> Actor | None:
        """The member of the workspace with this address, whom approvers know by it."""
        found = await self.slack.by_email(email)
        if found is None or admit(found, self.team_id) or not same_address(found.email, email):
            return None
        return replace(job.actor, user_id=found.user_id)

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


def _by_cloud_name(every: list[Environment], named: str) -> list[Environment]:
    return [each for each in every if each.cloud_name in named.split(",")]


def _names(places: Iterable[Environment]) -> tuple[str, ...]:
    return tuple(sorted(each.name for each in places))
