"""What the flows need to know and to change about the users of the Cloudinary account."""

from datetime import date
from typing import Protocol

from bot.domain.people import CloudinaryUser, Role
from bot.flows import ports as needs
from bot.flows.request_ports import Roster


class UserReader(Roster, needs.Users, Protocol):
    """Users, read now. May raise `CloudinaryError`."""

    async def user(self, user_id: str) -> CloudinaryUser:
        """One user. Raises `NotFound` if there is none."""

    async def inactive_users(self, since: date) -> list[CloudinaryUser]:
        """Every user who has not signed in on that day or later."""

    async def users_reaching(self, environment_id: str) -> list[CloudinaryUser]:
        """Every user who has access to the environment."""

    async def account_masters(self) -> tuple[frozenset[str], frozenset[str]]:
        """Ids of users who hold Master Admin of the account: themselves, and by a group.

        By the Permissions API only; on another account the fixed role says it.
        """

    async def account_roles_of(self, user_id: str) -> frozenset[str]:
        """Ids of the account's roles that the user holds themselves, by the Permissions API."""


class Users(UserReader, Protocol):
    """The same, and what changes users. May raise `CloudinaryError`."""

    async def create_user(
        self, name: str, email: str, role: Role, environments: frozenset[str] | None
    ) -> CloudinaryUser:
        """Invite a user, with access to these environments, or to all; the call is never repeated.

        Raises `Conflict` if the address is taken. After `Unavailable` with `maybe_done`, the user
        may exist: look for the address.
        """

    async def set_user_role(self, user_id: str, role: Role) -> CloudinaryUser:
        """Set a fixed role; safe to repeat."""

    async def set_user_environments(
        self, user_id: str, environments: frozenset[str] | None
    ) -> CloudinaryUser:
        """Set the environments that the user has access to; None for all; safe to repeat."""

    async def set_user_enabled(self, user_id: str, *, enabled: bool) -> CloudinaryUser:
        """Enable or disable a user; safe to repeat."""

    async def delete_user(self, user_id: str) -> None:
        """Remove a user for good. Raises `NotFound` if they are gone."""

    async def give_account_role(self, user_id: str, role_id: str) -> None:
        """Give a user a role of the account; safe to repeat."""

    async def take_account_role(self, user_id: str, role_id: str) -> None:
        """Take a role of the account away; safe to repeat."""
