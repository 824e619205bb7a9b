"""Reads users: the list by its filters, and one user with what the person may see of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.commands.users import ListUsers, ShowUser, UserReading
from bot.domain.jobs import Job
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserShown, UsersListed
from bot.domain.pages import page_of
from bot.domain.people import Actor, CloudinaryUser, Person
from bot.domain.policy import Action
from bot.flows.accounts.find_user import FoundUser, UserSearch
from bot.flows.accounts.user_guard import UserGuard
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.ports import Clock

PAGE_SIZE = 20
"""Users on a page."""


@dataclass(frozen=True)
class UserBook:
    """Answers commands that change nothing."""

    search: UserSearch
    guard: UserGuard
    resolver: Resolver
    own: OwnKeys
    clock: Clock

    async def read(self, job: Job, person: Person, command: UserReading) -> Outcome:
        """Answer one command."""
        if isinstance(command, ListUsers):
            return await self._listed(job, person, command)
        return await self._one(job, person, command)

    async def _one(self, job: Job, person: Person, command: ShowUser) -> Outcome:
        found = await self.search.find(job.actor, command.person)
        return await self.shown(person, found) if isinstance(found, FoundUser) else found

    async def shown(self, person: Person, found: FoundUser) -> UserShown:
        """Everything about one user that the person may see."""
        user, users = found.user, self.guard.users
        seen = await self.resolver.visible(person, Action.ENV_LIST)
        reached = await users.environments_of(user.id)
        places = [each for each in seen if each.id in reached]
        roles = await users.account_roles_of(user.id) if self.guard.permissions else frozenset()
        keys = await self.own.of(found.slack) if found.slack else []
        shown = {each.id for each in await self.resolver.visible(person, Action.KEY_LIST)}
        return UserShown(
            user,
            await self.guard.is_master(user),
            found.slack.user_id if found.slack else "",
            tuple(sorted(each.name for each in places)),
            tuple(sorted(await users.groups_of(user.id))),
            tuple(here for here in keys if here.environment.id in shown),
            tuple(sorted(roles)),
        )

    async def _listed(self, job: Job, person: Person, command: ListUsers) -> Outcome:
        known = await self.guard.everyone()
        users = await self._filtered(person, command, [it.user for it in known.values()])
        if not isinstance(users, list):
            return users
        masters = frozenset(id_ for id_, it in known.items() if it.master or it.by_group)
        users = [it for it in users if command.role in {None, it.role}]
        users.sort(key=lambda it: (it.name.casefold(), it.email, it.id))
        cut = page_of(users, job.page, PAGE_SIZE)
        slack = await self._members(job.actor, cut.shown)
        where = (cut.number, cut.pages, len(users))
        return UsersListed(cut.shown, *where, command, masters, slack)

    async def _filtered(
        self, person: Person, command: ListUsers, found: list[CloudinaryUser]
    ) -> list[CloudinaryUser] | Outcome:
        """Leave the users that match the environment and the time without signing in."""
        users = self.guard.users
        if command.inactive:
            since = (self.clock.now() - timedelta(days=command.inactive)).date()
            idle = {it.id for it in await users.inactive_users(since)}
            found = [it for it in found if it.id in idle]
        if command.env is None:
            return found
        places = await self.resolver.environments(person, Action.ENV_SHOW, command.env)
        if isinstance(places, NoSuchEnvironment) or not isinstance(places, list):
            return places
        there = {it.id for place in places for it in await users.users_reaching(place.id)}
        return [it for it in found if it.id in there]

    async def _members(
        self, actor: Actor, users: Sequence[CloudinaryUser]
    ) -> tuple[tuple[str, str], ...]:
        """The Slack members who are bound to users, by the users' ids."""
        found = [(it.id, (await self.search.with_member(actor, it)).slack) for it in users]
        return tuple((id_, slack.user_id) for id_, slack in found if slack)
