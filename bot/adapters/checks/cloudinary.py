"""Gathers what the account key reaches at Cloudinary; it only reads."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from redis.exceptions import RedisError

from bot.adapters.cloudinary.client import Cloudinary
from bot.domain.addresses import folded
from bot.domain.checks.cloudinary import (
    CloudinaryFacts,
    Failure,
    OperatorAtCloudinary,
    Refusal,
    examine_cloudinary,
)
from bot.domain.checks.findings import Finding
from bot.domain.environments import Environment
from bot.domain.operators import Operator
from bot.errors import CloudinaryError, Forbidden, KeysmithError, NotFound, Unauthorized

SOUGHT: Final = "check@keysmith.invalid"
"""An address that no user has: the search shows whether users may be seen, and reads none."""

AT_ONCE: Final = 8
"""Lists of keys that are read at the same time."""


@dataclass(frozen=True)
class CloudinaryProbe:
    """Asks Cloudinary; and Redis, by `had`, whether the account had the Permissions API."""

    account: Cloudinary
    operators: Sequence[Operator] = ()
    had: Callable[[], Awaitable[bool]] | None = None

    async def look(self) -> Sequence[Finding]:
        """Examine what the account key reads."""
        return examine_cloudinary(await self.gather())

    async def gather(self) -> CloudinaryFacts:
        """Read environments, keys, users and own roles; no refusal ends it early."""
        try:
            places = await self.account.environments()
        except CloudinaryError as error:
            return CloudinaryFacts(_failure(error))
        slots = asyncio.Semaphore(AT_ONCE)
        keys, users, permissions = await asyncio.gather(
            asyncio.gather(*(self._keys(place, slots) for place in places)),
            self._users(),
            self._permissions(),
        )
        operators = () if users else await asyncio.gather(*map(self._operator, self.operators))
        return CloudinaryFacts(
            environments=tuple(place.name for place in places),
            keys=tuple(each for each in keys if each),
            users=users,
            permissions=permissions,
            had=await self._had() if permissions is False else None,
            roles=await self._roles() if permissions is True else None,
            operators=tuple(each for each in operators if each),
            disabled=tuple(place.name for place in places if not place.enabled),
            closed=await self._closed(places) if permissions is True else (),
        )

    async def _keys(
        self, place: Environment, slots: asyncio.Semaphore
    ) -> tuple[str, Failure] | None:
        try:
            async with slots:
                await self.account.keys(place.id)
        except CloudinaryError as error:
            return place.name, _failure(error)
        return None

    async def _users(self) -> Failure | None:
        try:
            await self.account.users_by_email(SOUGHT)
        except CloudinaryError as error:
            return _failure(error)
        return None

    async def _permissions(self) -> Failure | bool:
        try:
            return await self.account.has_permissions_api()
        except CloudinaryError as error:
            return _failure(error)

    async def _had(self) -> bool | None:
        """Ask Redis; why it does not tell is for its own probe to say."""
        try:
            return await self.had() if self.had else None
        except (KeysmithError, RedisError, OSError, ValueError, TypeError):
            return None

    async def _roles(self) -> int | None:
        """Count the key's own roles; an account that does not show them proves nothing."""
        try:
            return await self.account.own_roles()
        except CloudinaryError:
            return None

    async def _closed(self, places: Sequence[Environment]) -> tuple[str, ...]:
        """Names of the environments in which the key has no role; none where it is not told."""
        try:
            own = await self.account.own_environments()
        except CloudinaryError:
            return ()
        return tuple(place.name for place in places if place.id not in own)

    async def _operator(self, operator: Operator) -> OperatorAtCloudinary | None:
        try:
            users = await self.account.users_by_email(operator.email)
        except CloudinaryError:
            return None
        same = [user for user in users if folded(user.email) == folded(operator.email)]
        usable = [user for user in same if user.enabled and not user.pending]
        return OperatorAtCloudinary(operator.login, len(same), len(usable))


def _failure(error: CloudinaryError) -> Failure:
    kinds = {
        Unauthorized: Refusal.CREDENTIALS,
        Forbidden: Refusal.RIGHT,
        NotFound: Refusal.NOT_THERE,
    }
    return Failure(kinds.get(type(error), Refusal.AWAY), error.message)
