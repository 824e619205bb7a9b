"""The users of the account, as the flows' port `Users` describes them."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date
from typing import Final

from bot.adapters.cloudinary import calls, user_calls
from bot.adapters.cloudinary.transport import Transport
from bot.domain.people import CloudinaryUser, Role
from bot.domain.users import ACCOUNT_MASTER
from bot.errors import NotFound, Unavailable

_MAX_PAGES: Final = 100


class UserClient:
    """Reads users and changes them."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def user(self, user_id: str) -> CloudinaryUser:
        """One user; another one in the answer is none of ours."""
        found = await self._send(user_calls.get_user(user_id))
        if found.id != user_id:
            raise NotFound("Cloudinary answered with another user")
        return found

    async def users_by_email(self, email: str) -> list[CloudinaryUser]:
        """Users that Cloudinary finds by this email address; the caller compares them."""
        return await self._send(calls.find_users(email))

    async def all_users(self) -> list[CloudinaryUser]:
        """Every user of the account."""
        return [each async for each in self._user_pages()]

    async def inactive_users(self, since: date) -> list[CloudinaryUser]:
        """Every user who has not signed in on that day or later."""
        return [each async for each in self._user_pages(user_calls.without_login(since))]

    async def users_reaching(self, environment_id: str) -> list[CloudinaryUser]:
        """Every user who has access to the environment."""
        return [each async for each in self._user_pages(user_calls.reaching(environment_id))]

    async def _user_pages(
        self, narrowed: user_calls.Pairs = ()
    ) -> AsyncGenerator[CloudinaryUser, None]:
        """Read pages until one is short or has no new user; too many are no list at all."""
        seen: set[str] = set()
        for number in range(1, _MAX_PAGES + 1):
            page = await self._send(user_calls.list_users(number, narrowed))
            fresh = [each for each in page if each.id not in seen]
            seen.update(each.id for each in fresh)
            for each in fresh:
                yield each
            if len(page) < calls.PAGE_SIZE or not fresh:
                return
        raise Unavailable("the account has more users than can be listed", maybe_done=False)

    async def create_user(
        self, name: str, email: str, role: Role, environments: frozenset[str] | None
    ) -> CloudinaryUser:
        """Invite a user; the call is never repeated."""
        return await self._send(user_calls.create_user(name, email, role, environments))

    async def set_user_role(self, user_id: str, role: Role) -> CloudinaryUser:
        """Set a fixed role; safe to repeat."""
        return await self._send(user_calls.update_user(user_id, role=str(role)))

    async def set_user_environments(
        self, user_id: str, environments: frozenset[str] | None
    ) -> CloudinaryUser:
        """Set the environments that the user has access to; an empty list means all of them."""
        ids = sorted(environments or ())
        return await self._send(user_calls.update_user(user_id, sub_account_ids=ids))

    async def set_user_enabled(self, user_id: str, *, enabled: bool) -> CloudinaryUser:
        """Enable or disable a user; safe to repeat."""
        return await self._send(user_calls.update_user(user_id, enabled=enabled))

    async def delete_user(self, user_id: str) -> None:
        """Remove a user for good; raises `NotFound` where they are gone."""
        await self._send(user_calls.delete_user(user_id))

    async def account_roles_of(self, user_id: str) -> frozenset[str]:
        """Ids of the account's roles that the user holds themselves."""
        return await self._send(user_calls.list_account_roles(user_id))

    async def account_masters(self) -> tuple[frozenset[str], frozenset[str]]:
        """Ids of users who hold Master Admin of the account: themselves, and by a group."""
        holders = await self._send(user_calls.list_holders(ACCOUNT_MASTER))
        own = frozenset(id_ for kind, id_ in holders if kind == "user")
        groups = [id_ for kind, id_ in holders if kind == "group"]
        members = await asyncio.gather(
            *(self._send(user_calls.list_group_users(each)) for each in groups)
        )
        return own, frozenset[str]().union(*members)

    async def give_account_role(self, user_id: str, role_id: str) -> None:
        """Give a user a role of the account; safe to repeat."""
        await self._send(user_calls.assign("add", user_id, role_id))

    async def take_account_role(self, user_id: str, role_id: str) -> None:
        """Take a role of the account away; safe to repeat."""
        await self._send(user_calls.assign("remove", user_id, role_id))
