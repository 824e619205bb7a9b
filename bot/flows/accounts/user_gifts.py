"""What a change gives a user, and where: their roles count, and those that their groups hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.commands.users import (
    ALL,
    AddUser,
    EnableUser,
    SetUserEnvironments,
    SetUserRole,
    UserChange,
)
from bot.domain.key_roles import KeyRole
from bot.domain.people import EVERYWHERE, CloudinaryUser, Role
from bot.domain.user_groups import GroupRole
from bot.domain.users import AccountUser, Refusal, covers
from bot.flows import reads
from bot.flows.group_ports import GroupReader
from bot.flows.keys.role_book import RoleBook
from bot.flows.ports import Account
from bot.flows.user_ports import UserReader


@dataclass(frozen=True)
class Gift:
    """What a change gives.

    Who holds no less covers all `roles` and has access to all of `opens`. What is `grave` makes a
    master admin, or ends one, and needs what giving that role needs.
    """

    roles: frozenset[Role] = frozenset()
    opens: frozenset[str] = frozenset()
    grave: bool = False

    def is_within(self, opens: Iterable[str]) -> bool:
        """Whether it gives no more access than approvers saw."""
        return set(opens) >= EVERYWHERE or self.opens.issubset(opens)


@dataclass(frozen=True)
class UserGifts:
    """Reads what users and their groups hold, now."""

    users: UserReader
    groups: GroupReader
    account: Account
    roles: RoleBook

    async def of(
        self, user: CloudinaryUser, command: UserChange, now: AccountUser | None
    ) -> Gift | Refusal:
        """What the change gives the user, who is `now` so."""
        match command:
            case AddUser(role=named):
                asked = await self.chosen(command.env)
                if isinstance(asked, Refusal):
                    return asked
                return _of_role(Role(named), EVERYWHERE if asked is None else asked)
            case SetUserRole(role=named):
                role = Role(named)
                more = not covers(user.role, role)
                gift = _of_role(role, await self._where(user) if more else frozenset())
                return Gift(gift.roles, gift.opens, gift.grave or _ends_master(command, user, now))
            case SetUserEnvironments():
                return await self._opened(user, command, now)
            case EnableUser() if now:
                return await self._held(user, await self._where(user), now, all_=True)
            case _:
                return Gift(grave=_ends_master(command, user, now))

    async def chosen(self, typed: str | None) -> frozenset[str] | Refusal | None:
        """Ids of the environments that a canonical command names; None for all."""
        if typed is None or typed == ALL:
            return None
        by_cloud = {place.cloud_name: place.id for place in await self.account.environments()}
        names = typed.split(",")
        if not all(name in by_cloud for name in names):
            return Refusal.CHANGED_SINCE
        return frozenset(by_cloud[name] for name in names)

    async def _where(self, user: CloudinaryUser) -> frozenset[str]:
        """Where the user has access."""
        return EVERYWHERE if user.all_environments else await self.users.environments_of(user.id)

    async def _opened(
        self, user: CloudinaryUser, command: SetUserEnvironments, now: AccountUser | None
    ) -> Gift | Refusal:
        asked = await self.chosen(command.envs)
        if isinstance(asked, Refusal):
            return asked
        opens = EVERYWHERE if asked is None else asked - await self._where(user)
        if user.all_environments or not opens:
            return Gift(grave=asked is not None and _ends_master(command, user, now))
        gift = await self._held(user, opens, now, all_=False)
        return Gift(gift.roles, opens, gift.grave)

    async def _held(
        self, user: CloudinaryUser, opens: frozenset[str], now: AccountUser | None, *, all_: bool
    ) -> Gift:
        """What the user can do in these environments once they can act there; `all_`: anywhere."""
        if not self.roles.permissions:
            fixed = frozenset({user.role} if user.role else ())
            return Gift(fixed, opens, Role.MASTER_ADMIN in fixed)
        own = await self.users.account_roles_of(user.id)
        by_group = await self._by_group(user.id)
        anywhere = all_ or opens == EVERYWHERE
        counts = [it for it in by_group if anywhere or it.environment_id in {"", *opens}]
        known = await self.roles.known(fresh=True) if counts else ()
        account = [GroupRole(KeyRole(id_, id_)).gives for id_ in own]
        roles = frozenset(filter(None, (user.role, *account, *(it.gives for it in counts))))
        master = Role.MASTER_ADMIN in roles or (now is not None and (now.master or now.by_group))
        return Gift(
            roles | ({Role.MASTER_ADMIN} if master else frozenset()),
            opens.union(*(it.opens for it in counts)),
            master or any(it.is_grave(known) for it in counts),
        )

    async def _by_group(self, user_id: str) -> list[GroupRole]:
        """The roles of every group that the user is in."""
        groups = await self.groups.user_groups()
        unlisted = [it.id for it in groups if it.members is None]
        found = await reads.each(self.groups.group_members, unlisted)
        members = dict(zip(unlisted, found, strict=True))
        theirs = [
            it.id
            for it in groups
            if it.has(user_id) or any(each.id == user_id for each in members.get(it.id, ()))
        ]
        return [role for held in await reads.each(self.groups.group_roles, theirs) for role in held]


def _of_role(role: Role, opens: frozenset[str]) -> Gift:
    return Gift(frozenset({role}), opens, role is Role.MASTER_ADMIN)


def _ends_master(command: UserChange, user: CloudinaryUser, now: AccountUser | None) -> bool:
    """Whether a master admin is none afterwards, or can do less."""
    if isinstance(command, AddUser | EnableUser):
        return False
    own = user.role is Role.MASTER_ADMIN or (now is not None and now.master)
    if isinstance(command, SetUserRole):
        return own and command.role != Role.MASTER_ADMIN
    return own or (now is not None and now.by_group)
