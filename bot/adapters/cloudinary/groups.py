"""The user groups of the account, as the flows' port `Groups` describes them."""

import asyncio

from bot.adapters.cloudinary import group_calls
from bot.adapters.cloudinary.transport import Transport
from bot.domain.user_groups import GroupRole, Member, UserGroup


class GroupClient:
    """Reads and changes user groups."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def user_groups(self) -> list[UserGroup]:
        """Every group, with its members."""
        return await self._send(group_calls.list_groups())

    async def group_members(self, group_id: str) -> list[Member]:
        """The users in a group, read now."""
        return await self._send(group_calls.list_members(group_id))

    async def group_roles(self, group_id: str) -> tuple[GroupRole, ...]:
        """The roles of a group, by the Permissions API."""
        everywhere, parts = await asyncio.gather(
            self._send(group_calls.list_group_roles(group_id, "global")),
            self._send(group_calls.list_group_roles(group_id, "content")),
        )
        return (*everywhere, *parts)

    async def create_group(self, name: str) -> None:
        """Create a group; never repeated."""
        await self._send(group_calls.create_group(name))

    async def rename_group(self, group_id: str, name: str) -> None:
        """Rename a group; safe to repeat."""
        await self._send(group_calls.rename_group(group_id, name))

    async def remove_group(self, group_id: str) -> None:
        """Remove a group."""
        await self._send(group_calls.remove_group(group_id))

    async def add_member(self, group_id: str, user_id: str) -> None:
        """Put a user into a group; safe to repeat."""
        await self._send(group_calls.add_member(group_id, user_id))

    async def drop_member(self, group_id: str, user_id: str) -> None:
        """Take a user out of a group; safe to repeat."""
        await self._send(group_calls.drop_member(group_id, user_id))
