"""What each change does to a user at Cloudinary, and whether it is done; each may be repeated."""

from dataclasses import dataclass

from bot.domain.commands.users import (
    DisableUser,
    EnableUser,
    ExistingUserChange,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
)
from bot.domain.people import CloudinaryUser, Role
from bot.domain.users import ACCOUNT_ROLE
from bot.flows.accounts.user_guard import UserGuard
from bot.flows.user_ports import Users

OF_THE_ACCOUNT = {
    role: f"{ACCOUNT_ROLE}{role}" for role in (Role.MASTER_ADMIN, Role.ADMIN, Role.REPORTS)
}
"""Fixed roles that are roles of the account by the Permissions API, too."""


@dataclass(frozen=True)
class UserEffects:
    """Changes users; the caller holds the lock of the account's users."""

    users: Users
    guard: UserGuard

    async def reached(self, user: CloudinaryUser | None, command: ExistingUserChange) -> bool:
        """Whether the user is as the command wants; None is a user who is gone."""
        if user is None or isinstance(command, RemoveUser):
            return user is None and isinstance(command, RemoveUser)
        match command:
            case SetUserRole():
                same = user.role == command.role
                return same and await self._account_roles(user.id, command) == (set(), set())
            case SetUserEnvironments():
                asked = await self.guard.gifts.chosen(command.envs)
                if asked is None or user.all_environments:
                    return asked is None and user.all_environments
                return asked == await self.users.environments_of(user.id)
            case DisableUser():
                return not user.enabled
            case EnableUser():
                return user.enabled

    async def roles_now(self, user: CloudinaryUser) -> tuple[Role | None, frozenset[str]]:
        """The fixed role, and those of the account: what a change of role may leave half done."""
        if not self.guard.permissions or not user.id:
            return user.role, frozenset()
        return user.role, await self.users.account_roles_of(user.id)

    async def act(self, user: CloudinaryUser, command: ExistingUserChange) -> None:
        """Make the change."""
        match command:
            case RemoveUser():
                await self.users.delete_user(user.id)
            case SetUserRole():
                await self._set_role(user, command)
            case SetUserEnvironments():
                asked = await self.guard.gifts.chosen(command.envs)
                if asked is None or isinstance(asked, frozenset):
                    await self.users.set_user_environments(user.id, asked)
            case DisableUser():
                await self.users.set_user_enabled(user.id, enabled=False)
            case EnableUser():
                await self.users.set_user_enabled(user.id, enabled=True)

    async def _set_role(self, user: CloudinaryUser, command: SetUserRole) -> None:
        if user.role != command.role:
            await self.users.set_user_role(user.id, Role(command.role))
        more, less = await self._account_roles(user.id, command)
        for role_id in sorted(more):
            await self.users.give_account_role(user.id, role_id)
        for role_id in sorted(less):
            await self.users.take_account_role(user.id, role_id)

    async def _account_roles(self, user_id: str, command: SetUserRole) -> tuple[set[str], set[str]]:
        """Which of Cloudinary's own roles of the account the user lacks, and has too many."""
        if not self.guard.permissions:
            return set(), set()
        held = {*await self.users.account_roles_of(user_id)} & {*OF_THE_ACCOUNT.values()}
        own = OF_THE_ACCOUNT.get(Role(command.role))
        asked = {own} if own else set[str]()
        return asked - held, held - asked
