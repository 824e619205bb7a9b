"""Cloudinary's account, as the flows see it: their ports `Users` and `Account`."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

import aiohttp

from bot.adapters.cloudinary import calls
from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.retry import Retries, Timing
from bot.adapters.cloudinary.shapes import KeyPage
from bot.adapters.cloudinary.transport import Transport
from bot.adapters.cloudinary.wire import Call
from bot.domain.environments import Environment
from bot.domain.keys import Credentials, Generated, Key
from bot.domain.people import CloudinaryUser, KeyRight
from bot.errors import (
    CloudinaryError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorized,
    Unavailable,
)

Rights = Callable[[Sequence[str], str, Sequence[str]], KeyRight]
"""Evaluates Cedar statements for a Cloudinary user id and the ids of the user's groups."""

MAX_PAGES: Final = 100
"""Cloudinary's own limit."""


class Cloudinary:
    """Users, environments and access keys of one account. The session belongs to the caller."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        account: AccountCredentials,
        base_url: str,
        *,
        rights: Rights,
        retries: Retries | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._rights = rights
        self._transport = Transport(
            session, account, base_url, retries=retries or Retries(), timing=timing or Timing()
        )

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""
        return await self._transport.send(calls.list_environments())

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""
        pages = self._pages(partial(calls.list_keys, environment_id))
        return [key async for page in pages for key in page.keys]

    async def credentials(self, environment: Environment, api_key: str) -> Credentials | None:
        """Read a key's secret again; None where Cloudinary shows no secret on reading."""
        reveal = partial(calls.reveal_key, environment, api_key)
        async with aclosing(self._pages(reveal)) as pages:
            async for page in pages:
                if any(key.api_key == api_key for key in page.keys):
                    return page.credentials
        return None

    async def _pages(self, call: Callable[[int], Call[KeyPage]]) -> AsyncGenerator[KeyPage, None]:
        """Read pages until one is short or brings nothing new.

        `total` only ever asks for more: nobody says whether it counts all keys or the page's.
        """
        seen: set[str] = set()
        for number in range(1, MAX_PAGES + 1):
            page = await self._transport.send(call(number))
            fresh = tuple(key for key in page.keys if key.api_key not in seen)
            seen.update(key.api_key for key in fresh)
            if fresh:
                yield KeyPage(fresh, page.total, page.credentials)
            short = len(page.keys) < calls.PAGE_SIZE and len(seen) >= (page.total or 0)
            if short or not fresh:
                return
        raise Unavailable("the environment has more keys than can be listed", maybe_done=False)

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Generate a key, disabled. Never repeated by itself.

        Raises:
            Unavailable: with `maybe_done`, the key may exist; look for its name.
            Conflict: the name is taken.

        """
        made = await self._transport.send(calls.generate_key(environment, name))
        if not made.key.enabled:
            return made
        return Generated(await self._disabled(environment.id, made.key), made.credentials)

    async def _disabled(self, environment_id: str, key: Key) -> Key:
        """Disable a key that was made enabled though it was asked for disabled."""
        try:
            key = await self.set_enabled(environment_id, key.api_key, enabled=False)
        except CloudinaryError as error:
            raise Unavailable(error.message, status=error.status, maybe_done=True) from error
        if key.enabled:
            raise Unavailable("the new key could not be disabled", maybe_done=True)
        return key

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key; safe to repeat."""
        return await self._transport.send(
            calls.update_key(environment_id, api_key, enabled=enabled)
        )

    async def delete(self, environment_id: str, api_key: str) -> None:
        """Remove a key for good; `NotFound` where it is gone."""
        await self._transport.send(calls.delete_key(environment_id, api_key))

    async def rename(self, environment_id: str, api_key: str, name: str) -> Key:
        """Give a key a name; safe to repeat."""
        return await self._transport.send(calls.update_key(environment_id, api_key, name=name))

    async def users_by_email(self, email: str) -> list[CloudinaryUser]:
        """Users that Cloudinary finds by this e-mail address; the caller compares them."""
        return await self._transport.send(calls.find_users(email))

    async def all_users(self) -> list[CloudinaryUser]:
        """Every user of the account, page by page until one is short or brings nothing new."""
        found: dict[str, CloudinaryUser] = {}
        for number in range(1, MAX_PAGES + 1):
            page = await self._transport.send(calls.list_users(number))
            known = len(found)
            found |= {user.id: user for user in page}
            if len(page) < calls.PAGE_SIZE or len(found) == known:
                break
        return list(found.values())

    async def environments_of(self, user_id: str) -> frozenset[str]:
        """Ids of the product environments that the user has access to."""
        return await self._transport.send(calls.list_user_environments(user_id))

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """Names of the user's groups."""
        groups = await self._transport.send(calls.list_user_groups(user_id))
        return frozenset(group.name for group in groups if group.name)

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """What the account's effective policies let the user do with keys there."""
        groups = await self._transport.send(calls.list_user_groups(user_id))
        principals: list[tuple[calls.PrincipalType, str]] = [
            ("user", user_id),
            *(("group", group.id) for group in groups),
        ]
        found = await asyncio.gather(
            *(
                self._transport.send(calls.list_statements(environment_id, *principal))
                for principal in principals
            )
        )
        statements = dict.fromkeys(statement for each in found for statement in each)
        return self._rights(tuple(statements), user_id, [group.id for group in groups])

    async def has_permissions_api(self) -> bool:
        """Whether the account's own policies can be asked; any refusal means no.

        Raises:
            Unavailable: there was no usable answer.
            RateLimited: likewise.

        """
        try:
            return await self._transport.send(calls.probe_permissions())
        except (Unauthorized, Forbidden, NotFound, Conflict, Invalid):
            return False
