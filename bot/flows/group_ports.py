"""What the flows need to know and to change about user groups."""

from typing import Protocol

from bot.domain.user_groups import GroupRole, Member, UserGroup


class GroupReader(Protocol):
    """User groups of the Cloudinary account. May raise `CloudinaryError`."""

    async def user_groups(self) -> list[UserGroup]:
        """Every group, with its members."""

    async def group_members(self, group_id: str) -> list[Member]:
        """The users in a group, read now. Raises `NotFound` if the group is gone."""

    async def group_roles(self, group_id: str) -> tuple[GroupRole, ...]:
        """The roles of a group, by the Permissions API; in the account and its environments."""


class Groups(GroupReader, Protocol):
    """The same, and what changes groups. May raise `CloudinaryError`."""

    async def create_group(self, name: str) -> None:
        """Create a group; the adapter never repeats the call. Raises `Conflict` if it exists."""

    async def rename_group(self, group_id: str, name: str) -> None:
        """Rename a group; safe to repeat. Raises `Conflict` if the name is taken."""

    async def remove_group(self, group_id: str) -> None:
        """Remove a group, not its users. Raises `NotFound` if it is gone."""

    async def add_member(self, group_id: str, user_id: str) -> None:
        """Put a user into a group; safe to repeat."""

    async def drop_member(self, group_id: str, user_id: str) -> None:
        """Take a user out of a group; safe to repeat."""
