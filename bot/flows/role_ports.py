"""What the flows need to know and to change about the roles of access keys."""

from collections.abc import Mapping
from typing import Protocol

from bot.domain.key_roles import KeyRole, Verdict


class KeyRoleReader(Protocol):
    """Roles by Cloudinary's Permissions API. May raise `CloudinaryError`."""

    async def assignable_roles(self) -> list[KeyRole]:
        """Every role that a key may hold in a whole environment, with what it allows."""

    async def roles_by_key(self, environment_id: str) -> Mapping[str, tuple[KeyRole, ...]]:
        """The roles of every key of the environment that has any, by API key."""

    async def roles_of_key(self, environment_id: str, api_key: str) -> tuple[KeyRole, ...]:
        """The roles of one key in its environment, read now."""

    async def verdicts(self, environment_id: str, api_key: str) -> tuple[Verdict, ...]:
        """What the effective policies let the key do, one verdict for each use."""


class KeyRoles(KeyRoleReader, Protocol):
    """The same, and what changes the roles of a key. May raise `CloudinaryError`."""

    async def give_role(self, environment_id: str, api_key: str, role: KeyRole) -> None:
        """Give a key a role there; safe to repeat."""

    async def take_role(self, environment_id: str, api_key: str, role: KeyRole) -> None:
        """Take a role away; safe to repeat."""
