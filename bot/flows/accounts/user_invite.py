"""Invites users: Cloudinary has no second user with an address, which tells a repetition apart."""

from dataclasses import dataclass

from bot.domain.commands.users import AddUser
from bot.domain.people import CloudinaryUser, Role, find
from bot.flows.accounts.user_guard import UserGuard
from bot.flows.user_ports import Users


@dataclass(frozen=True)
class UserInviter:
    """Creates users; the caller holds the lock of the account's users."""

    users: Users
    guard: UserGuard

    async def found(self, command: AddUser) -> CloudinaryUser | None:
        """The user with the address, read now."""
        listed = await self.users.users_by_email(command.email)
        found = find(command.email, listed)
        return found if isinstance(found, CloudinaryUser) else None

    async def reached(self, found: CloudinaryUser | None, command: AddUser) -> bool:
        """Whether the user is invited as the command wants."""
        if found is None or found.role != command.role:
            return False
        asked = await self.guard.gifts.chosen(command.env)
        if asked is None or found.role is Role.MASTER_ADMIN:
            return found.all_environments
        return asked == await self.users.environments_of(found.id)

    def invited(self, command: AddUser) -> CloudinaryUser:
        """The user as they will be, without an id."""
        return CloudinaryUser(
            "",
            command.email,
            command.email,
            Role(command.role),
            enabled=True,
            pending=True,
            all_environments=command.env is None,
        )

    async def invite(self, command: AddUser) -> None:
        """Create the user, whose name is the address until they give another."""
        asked = await self.guard.gifts.chosen(command.env)
        if asked is None or isinstance(asked, frozenset):
            name = command.email.partition("@")[0]
            await self.users.create_user(name, command.email, Role(command.role), asked)
