"""What a change of a group is about, and what stops it, when it is asked for and in its lock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.domain.commands.groups import (
    AddToGroup,
    CreateGroup,
    DropFromGroup,
    GroupChange,
    OfGroup,
    RemoveGroup,
    RenameGroup,
)
from bot.domain.names import Looks
from bot.domain.outcomes.groups import GroupNameTaken, GroupStop, GroupStopped
from bot.domain.people import CloudinaryUser, Person
from bot.domain.user_groups import (
    GroupRole,
    GroupTerms,
    Member,
    UserGroup,
    is_unreadable,
    mistaken_for,
)
from bot.domain.users import ACCOUNT_MASTER, covers, is_own
from bot.flows.accounts.still_decided import reaches_now
from bot.flows.authorize import Authorizer
from bot.flows.group_ports import Groups
from bot.flows.keys.role_book import RoleBook
from bot.flows.user_ports import UserReader


@dataclass(frozen=True)
class GroupFacts:
    """Reads groups and users, now."""

    account: Groups
    users: UserReader
    authorizer: Authorizer
    roles: RoleBook
    looks: Looks

    async def group(self, group_id: str, groups: Sequence[UserGroup]) -> UserGroup | None:
        """The group with this id, with its members."""
        found = next((each for each in groups if each.id == group_id), None)
        if found and found.members is None:
            return replace(found, members=tuple(await self.account.group_members(group_id)))
        return found

    async def held(self, group_id: str) -> tuple[GroupRole, ...]:
        """The roles of a group; none without the Permissions API."""
        return await self.account.group_roles(group_id) if self.roles.permissions else ()

    async def terms(
        self, command: GroupChange, group: UserGroup | None, user: CloudinaryUser | None = None
    ) -> GroupTerms:
        """Describe a change; `group` is None for a new one."""
        new = _new_name(command)
        names = {new, group.name if group else ""} - {""}
        decides = any(map(self.authorizer.names_group, names))
        if group is None:
            return GroupTerms("", new, decides)
        held = await self.held(group.id)
        known = await self.roles.known(fresh=True) if held else ()
        unnames = decides and isinstance(command, RenameGroup | RemoveGroup)
        return GroupTerms(
            group.id,
            group.name,
            decides,
            tuple(sorted({each.role.name for each in held})),
            any(each.is_grave(known) for each in held),
            len(group.members or ()),
            Member(user.id, user.name, user.email) if user else None,
            tuple(sorted(each.ref for each in held)),
            tuple(sorted(group.members or (), key=lambda it: it.id)) if unnames else (),
        )

    async def opens(self, command: GroupChange, group_id: str) -> frozenset[str]:
        """Where a member who comes can do more."""
        if not isinstance(command, AddToGroup):
            return frozenset()
        return frozenset[str]().union(*(it.opens for it in await self.held(group_id)))

    async def stop(
        self,
        person: Person,
        command: GroupChange,
        groups: Sequence[UserGroup],
        terms: GroupTerms,
        user: CloudinaryUser | None = None,
    ) -> GroupNameTaken | GroupStopped | None:
        """Why the change may not be made, whatever the policy says."""
        if user and is_own(person, user):
            return GroupStopped(terms, GroupStop.OWN_USER)
        if any(each.is_of(person) for each in terms.members):
            return GroupStopped(terms, GroupStop.OWN_USER)  # what the policy says of it is theirs
        match command:
            case CreateGroup() | RenameGroup():
                return self._name_stop(_new_name(command), groups, terms)
            case AddToGroup():
                held = await self.held(terms.id)
                opens = await self.opens(command, terms.id)
                less = not await reaches_now(person, opens, self.users)
                given = [each.gives for each in held if each.gives]
                less = less or not all(covers(person.role, each) for each in given)
                return GroupStopped(terms, GroupStop.MORE_THAN_HELD) if less else None
            case DropFromGroup() | RemoveGroup():
                last = await self._takes_last(command, terms.id, groups)
                return GroupStopped(terms, GroupStop.LAST_MASTER_ADMIN) if last else None

    def _name_stop(
        self, name: str, groups: Sequence[UserGroup], terms: GroupTerms
    ) -> GroupNameTaken | GroupStopped | None:
        if is_unreadable(name):
            return GroupStopped(terms, GroupStop.HIDDEN)
        others = [each for each in groups if each.id != terms.id]
        other = mistaken_for(name, others, self.looks)
        return GroupNameTaken(name, other) if other else None

    async def _takes_last(
        self, command: DropFromGroup | RemoveGroup, group_id: str, groups: Sequence[UserGroup]
    ) -> bool:
        """Whether no one who can sign in would be a master admin but for this group.

        Another group does not count: it may lose its role in the Console at any time.
        """
        held = await self.held(group_id)
        if all(each.role.id != ACCOUNT_MASTER for each in held):
            return False
        own, _ = await self.users.account_masters()
        users = await self.users.all_users()
        able = {each.id for each in users if each.enabled and not each.pending}
        stays = set[str]()
        if isinstance(command, DropFromGroup):
            group = await self.group(group_id, groups)
            members = group.members if group else None
            stays = {each.id for each in members or ()} - {command.person}
        return not able & (own | stays)


def _new_name(command: GroupChange) -> str:
    if isinstance(command, CreateGroup):
        return command.name
    return command.new if isinstance(command, RenameGroup) else ""


def is_so(group: UserGroup, command: OfGroup) -> bool:
    """Whether a group that exists is as the change would make it."""
    match command:
        case RenameGroup(new=new):
            return group.name == new
        case AddToGroup(person=person):
            return group.has(person)
        case DropFromGroup(person=person):
            return not group.has(person)
        case RemoveGroup():
            return False
        case _:
            assert_never(command)
