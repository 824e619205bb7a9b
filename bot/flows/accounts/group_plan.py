"""Plans changes of user groups: finds the group and the person, and asks for what is missing."""

from dataclasses import dataclass, replace

from bot.domain.addresses import mailbox
from bot.domain.commands.grammar import render
from bot.domain.commands.groups import (
    AddToGroup,
    CreateGroup,
    DropFromGroup,
    GroupChange,
    GroupReading,
    ListGroups,
    OfGroup,
    OfMember,
    RemoveGroup,
    ShowGroup,
)
from bot.domain.commands.suggest import nearest
from bot.domain.environments import NOWHERE
from bot.domain.jobs import Job
from bot.domain.outcomes.groups import (
    GroupMissing,
    GroupShown,
    GroupsListed,
    GroupUnchanged,
    GroupUnconfirmed,
    MemberUnclear,
    NoSuchGroup,
    WhichGroup,
)
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserSearchOutcome, WhichUser
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.domain.user_groups import UserGroup, meant
from bot.flows.accounts.find_user import FoundUser, UserSearch
from bot.flows.accounts.group_facts import GroupFacts, is_so
from bot.flows.keys.resolve import Resolver
from bot.flows.plan import Plan


@dataclass(frozen=True)
class GroupRunner:
    """Reads groups for a person, and opens the request that every change of one needs."""

    facts: GroupFacts
    search: UserSearch
    resolver: Resolver

    async def run(self, job: Job, person: Person, command: GroupReading | GroupChange) -> Outcome:
        """Run one command; no rule lets a change happen without another admin."""
        if isinstance(command, ListGroups | ShowGroup):
            return await self._read(person, command)
        plan = await self._plan(job, person, command)
        if not isinstance(plan, Plan):
            return plan
        return await self.facts.authorizer.request(job, person, plan)

    async def _read(self, person: Person, command: GroupReading) -> Outcome:
        groups, names = await self.facts.account.user_groups(), self.facts.authorizer.names_group
        if isinstance(command, ListGroups):
            return GroupsListed(
                tuple(sorted(groups, key=lambda each: each.name.casefold())),
                frozenset(each.name for each in groups if names(each.name)),
            )
        found = _one(groups, command)
        if not isinstance(found, UserGroup):
            return found
        group = await self.facts.group(found.id, groups) or found
        if not self.facts.roles.permissions:
            return GroupShown(group, None, names(group.name))
        seen = {it.id: it.name for it in await self.resolver.visible(person, Action.ENV_LIST)}
        held = await self.facts.held(group.id)
        roles = tuple((each, seen.get(each.environment_id, "")) for each in held)
        return GroupShown(group, roles, names(group.name))

    async def _plan(self, job: Job, person: Person, command: GroupChange) -> Plan | Outcome:
        groups = await self.facts.account.user_groups()
        if isinstance(command, CreateGroup):
            terms = await self.facts.terms(command, None)
            stop: Outcome | None = await self.facts.stop(person, command, groups, terms)
            return stop or Plan(
                command, NOWHERE, terms.name, reason=command.reason or "", group=terms, tracked=True
            )
        found = _one(groups, command)
        if not isinstance(found, UserGroup):
            return found
        user = None
        frozen: OfGroup = replace(command, group=found.id)
        if isinstance(frozen, AddToGroup | DropFromGroup):
            sought = await self.search.find(job.actor, frozen.person)
            if not isinstance(sought, FoundUser):
                return _unclear(sought, frozen)
            user = sought.user
            frozen = replace(frozen, person=user.id)
        group = await self.facts.group(found.id, groups) or found
        terms = await self.facts.terms(frozen, group, user)
        stop = await self.facts.stop(person, frozen, groups, terms, user)
        if stop:
            return stop
        if is_so(group, frozen):
            return GroupUnchanged(frozen, terms)
        if isinstance(frozen, RemoveGroup) and frozen.confirm != group.name:
            return GroupUnconfirmed(terms, render(replace(frozen, confirm=group.name)))
        return Plan(
            frozen,
            NOWHERE,
            group.name,
            owner_id=user.id if user else "",
            owner_mailbox=mailbox(user.email) if user else "",
            reason=frozen.reason or "",
            group=terms,
            tracked=True,
            opens=tuple(sorted(await self.facts.opens(frozen, group.id))),
        )


def _unclear(sought: UserSearchOutcome, command: OfMember) -> MemberUnclear:
    several = sought.choices if isinstance(sought, WhichUser) else ()
    return MemberUnclear(
        sought, tuple((user, replace(command, person=user.id)) for user, _ in several)
    )


def _one(groups: list[UserGroup], command: ShowGroup | OfGroup) -> UserGroup | GroupMissing:
    found = meant(command.group, groups)
    if len(found) == 1:
        return found[0]
    if found:
        return WhichGroup(tuple((each, replace(command, group=each.id)) for each in found))
    return NoSuchGroup(command.group, nearest(command.group, [each.name for each in groups]))
