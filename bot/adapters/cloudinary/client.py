"""The Cloudinary account as the flows' ports `Account`, `Users` and `Roster` describe it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from functools import partial
from typing import Final

from bot.adapters.cloudinary import calls
from bot.adapters.cloudinary.environments import EnvironmentClient
from bot.adapters.cloudinary.groups import GroupClient
from bot.adapters.cloudinary.key_roles import KeyRoleClient
from bot.adapters.cloudinary.shapes import KeyPage
from bot.adapters.cloudinary.transport import Transport
from bot.adapters.cloudinary.users import UserClient
from bot.adapters.cloudinary.wire import Call
from bot.domain.drift import Drifted, OwnAct
from bot.domain.environments import Environment
from bot.domain.keys import WEBHOOKS, Credentials, Generated, Key
from bot.domain.people import KeyRight
from bot.errors import CloudinaryError, Forbidden, NotFound, Unauthorized, Unavailable
from bot.flows import reads
from bot.flows.reconcile_ports import OwnActs

Rights = Callable[[Sequence[str], str, Sequence[str], Sequence[str]], KeyRight]
"""Evaluates Cedar statements for a Cloudinary user id and the ids of the user's groups."""

MAX_PAGES: Final = 100
"""Cloudinary's own limit."""


class Cloudinary(KeyRoleClient, EnvironmentClient, UserClient, GroupClient):
    """Users, environments and access keys of one account, and the roles of keys."""

    def __init__(self, transport: Transport, *, rights: Rights) -> None:
        KeyRoleClient.__init__(self, transport)
        EnvironmentClient.__init__(self, transport)
        self._rights = rights
        self.own: OwnActs | None = None
        """Where each change of a key is marked before it is made; None marks none."""

    def _doing(
        self, what: Drifted, environment_id: str, api_key: str, name: str = ""
    ) -> AbstractAsyncContextManager[None]:
        act = OwnAct(environment_id, api_key, what, name)
        return self.own.doing(act) if self.own else nullcontext()

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""
        return await self._send(calls.list_environments())

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
        """Read pages until one is short or has no new key.

        `total` can only prolong the reading: whether it counts all keys or the page's is not
        documented.
        """
        seen: set[str] = set()
        for number in range(1, MAX_PAGES + 1):
            page = await self._send(call(number))
            fresh = tuple(key for key in page.keys if key.api_key not in seen)
            seen.update(key.api_key for key in fresh)
            if fresh:
                yield KeyPage(fresh, page.total, page.credentials)
            short = len(page.keys) < calls.PAGE_SIZE and len(seen) >= (page.total or 0)
            if short or not fresh:
                return
        raise Unavailable("the environment has more keys than can be listed", maybe_done=False)

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Create a key, disabled. The call is never repeated.

        Raises `Unavailable` with `maybe_done` where the key may exist, `Conflict` where the name
        is taken.
        """
        async with self._doing(Drifted.CREATED, environment.id, "", name):
            made = await self._send(calls.generate_key(environment, name))
        if not made.key.enabled:
            return made
        # Cloudinary created it enabled although the call asks for disabled.
        try:
            key = await self.set_enabled(environment.id, made.key.api_key, enabled=False)
        except CloudinaryError as error:
            raise Unavailable(error.message, status=error.status, maybe_done=True) from error
        if key.enabled:
            raise Unavailable("the new key could not be disabled", maybe_done=True)
        return Generated(key, made.credentials)

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key; safe to repeat."""
        what = Drifted.ENABLED if enabled else Drifted.DISABLED
        async with self._doing(what, environment_id, api_key):
            return await self._send(calls.update_key(environment_id, api_key, enabled=enabled))

    async def delete(self, environment_id: str, api_key: str) -> None:
        """Delete a key for good; raises `NotFound` where it is gone."""
        async with self._doing(Drifted.DELETED, environment_id, api_key):
            await self._send(calls.delete_key(environment_id, api_key))

    async def rename(self, environment_id: str, api_key: str, name: str) -> Key:
        """Rename a key; safe to repeat."""
        async with self._doing(Drifted.RENAMED, environment_id, api_key, name):
            return await self._send(calls.update_key(environment_id, api_key, name=name))

    async def pin(self, environment_id: str, api_key: str) -> Key:
        """Dedicate a key to webhooks, and no other of its environment; safe to repeat."""
        async with self._doing(Drifted.PINNED, environment_id, api_key):
            return await self._send(calls.update_key(environment_id, api_key, purpose=WEBHOOKS))

    async def ping(self, credentials: Credentials) -> bool:
        """Whether Cloudinary accepts a key's own pair now."""
        try:
            await self._send(calls.ping(credentials))
        except (Unauthorized, Forbidden, NotFound):
            return False
        return True

    async def environments_of(self, user_id: str) -> frozenset[str]:
        """Ids of the product environments that the user has access to."""
        return await self._send(calls.list_user_environments(user_id))

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """Names of the user's groups."""
        groups = await self._send(calls.list_user_groups(user_id))
        return frozenset(group.name for group in groups if group.name)

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """What the account's effective policies allow the user to do with keys there."""
        (right,) = await self.key_rights(user_id, [environment_id])
        return right

    async def key_rights(self, user_id: str, environment_ids: Sequence[str]) -> list[KeyRight]:
        """The same for each environment; groups and the account's policies are read once."""
        group_ids = [group.id for group in await self._send(calls.list_user_groups(user_id))]
        above, *found = await reads.each(
            lambda place: self._statements(place, user_id, group_ids), [None, *environment_ids]
        )
        rights = list[KeyRight]()
        for here in found:
            rights.append(self._rights(here, user_id, group_ids, above))
            await asyncio.sleep(0)  # the event loop serves others meanwhile
        return rights

    async def _statements(
        self, environment_id: str | None, user_id: str, group_ids: Sequence[str]
    ) -> tuple[str, ...]:
        read = partial(calls.list_statements, environment_id)
        asked = [read("user", user_id), *(read("group", id_) for id_ in group_ids)]
        found = await asyncio.gather(*map(self._send, asked))
        return tuple(dict.fromkeys(statement for each in found for statement in each))

    async def own_roles(self) -> int:
        """Count the roles of Keysmith's own account key, by the Permissions API."""
        return await self._send(calls.list_own_roles(self._account_key))

    async def has_permissions_api(self) -> bool:
        """Whether the account has the Permissions API.

        One answer means yes. No means that each endpoint of it refuses, while the same account key
        reads the environments: a single refusal may be a fault that passes. Any other answer raises
        `CloudinaryError`, so that no fault turns Cloudinary's own policies off.
        """
        for probe in calls.probe_permissions():
            try:
                return await self._send(probe)
            except (Forbidden, NotFound):
                continue
        await self.environments()
        return False
