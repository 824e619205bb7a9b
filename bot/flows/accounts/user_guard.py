"""Checks a change of a user against the whole account, read now."""

from dataclasses import dataclass, replace

from bot.domain.commands.users import (
    ALL,
    AddUser,
    DisableUser,
    EnableUser,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
    UserChange,
)
from bot.domain.environments import Environment
from bot.domain.key_roles import KeyRole
from bot.domain.people import CloudinaryUser, Person, Role
from bot.domain.user_groups import GroupRole
from bot.domain.users import AccountUser, Change, Refusal, covers, is_still, refusal
from bot.flows.ports import Account
from bot.flows.user_ports import Users


@dataclass(frozen=True)
class UserGuard:
    """Knows every user; `permissions` is whether the account has the Permissions API."""

    users: Users
    account: Account
    permissions: bool

    async def everyone(self) -> dict[str, AccountUser]:
        """Every user by id, and who is a master admin."""
        listed = await self.users.all_users()
        if not self.permissions:
            return {it.id: AccountUser(it, it.role is Role.MASTER_ADMIN) for it in listed}
        own, by_group = await self.users.account_masters()
        return {it.id: AccountUser(it, it.id in own, it.id in by_group) for it in listed}

    async def is_master(self, user: CloudinaryUser) -> bool:
        """Whether one user is a master admin, without reading all others."""
        if not self.permissions:
            return user.role is Role.MASTER_ADMIN
        own, by_group = await self.users.account_masters()
        return user.id in own | by_group

    async def refuses(
        self, person: Person, user: CloudinaryUser, command: UserChange
    ) -> Refusal | None:
        """Why the person may not make this change, if so."""
        known = await self.everyone()
        if not is_still(person, known):
            return Refusal.CHANGED_SINCE  # while the change waited for the lock
        given = await self._given(user, command, known.get(user.id))
        stop = refusal(person, user, known.values(), _after(command, user, known), given)
        return stop or await self._more_environments(person, user, command)

    async def gives_master(self, user: CloudinaryUser, command: UserChange) -> bool:
        """Whether the change lets the user be a master admin."""
        known = await self.everyone()
        given = await self._given(user, command, known.get(user.id))
        return given is Role.MASTER_ADMIN

    async def _given(
        self, user: CloudinaryUser, command: UserChange, now: AccountUser | None
    ) -> Role | None:
        """The role whose holder holds no less than the user gets."""
        if isinstance(command, AddUser | SetUserRole):
            return Role(command.role)
        if not isinstance(command, EnableUser) or now is None:
            return None
        held = await self.users.account_roles_of(user.id) if self.permissions else frozenset[str]()
        roles = [GroupRole(KeyRole(id_, id_)).gives for id_ in held]
        master = now.master or now.by_group or Role.MASTER_ADMIN in roles
        return Role.MASTER_ADMIN if master else now.user.role

    async def chosen(self, typed: str | None) -> frozenset[str] | Refusal | None:
        """Ids of the environments that a canonical command names; None for all."""
        if typed is None or typed == ALL:
            return None
        by_cloud = {place.cloud_name: place.id for place in await self.account.environments()}
        names = typed.split(",")
        if not all(name in by_cloud for name in names):
            return Refusal.CHANGED_SINCE
        return frozenset(by_cloud[name] for name in names)

    async def _more_environments(
        self, person: Person, user: CloudinaryUser, command: UserChange
    ) -> Refusal | None:
        """Whether the user would get access that the person does not have."""
        match command:
            case AddUser():
                asked, before = await self.chosen(command.env), frozenset[str]()
            case SetUserEnvironments() if user.all_environments:
                asked = await self.chosen(command.envs)
                return asked if isinstance(asked, Refusal) else None
            case SetUserEnvironments():
                asked = await self.chosen(command.envs)
                before = await self.users.environments_of(user.id)
            case EnableUser() | SetUserRole() if _gives_more(command, user):
                asked = None if user.all_environments else await self.users.environments_of(user.id)
                before = frozenset[str]()
            case _:
                return None
        if isinstance(asked, Refusal):
            return asked
        held = person.environments
        may = held is None or (asked is not None and asked - before <= held)
        return None if may else Refusal.MORE_ENVIRONMENTS


def names_of(places: list[Environment]) -> str:
    """Name environments in a canonical command."""
    return ",".join(sorted(place.cloud_name for place in places))


def _gives_more(command: EnableUser | SetUserRole, user: CloudinaryUser) -> bool:
    """Whether the user can do more afterwards, in every environment that they have access to."""
    return isinstance(command, EnableUser) or not covers(user.role, Role(command.role))


def _after(command: UserChange, user: CloudinaryUser, known: dict[str, AccountUser]) -> Change:
    now = known.get(user.id)
    match command:
        case RemoveUser():
            return {user.id: None}
        case DisableUser() if now:
            return {user.id: replace(now, user=replace(user, enabled=False))}
        case SetUserRole() if now:
            return {user.id: replace(now, master=command.role == Role.MASTER_ADMIN)}
        case _:
            return {}
