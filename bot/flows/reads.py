"""Many reads of the account: a few at once, so that one long list leaves the limits to others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.errors import Forbidden
from bot.flows.ports import AccountReader

A = TypeVar("A")
T = TypeVar("T")

AT_ONCE: Final = 12
"""Reads of one list at the same time. Cloudinary publishes no limit; a connection pool has 100."""


async def each(read: Callable[[A], Awaitable[T]], about: Iterable[A]) -> list[T]:
    """Read about each, in order; the first failure ends it, and no further read begins."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(it: A) -> T:
        async with slots:
            return await read(it)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(it)) for it in about]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def keys_in(
    account: AccountReader, environments: Sequence[Environment]
) -> tuple[list[Located], list[Environment]]:
    """Every key of these environments, and those environments that Keysmith can't read.

    That Cloudinary refuses one of them never hides the keys of the others.
    """

    async def read(environment_id: str) -> list[Key] | None:
        try:
            return await account.keys(environment_id)
        except Forbidden:
            return None

    found = await each(read, [it.id for it in environments])
    pairs = list(zip(environments, found, strict=True))
    located = [Located(key, environment) for environment, keys in pairs for key in keys or ()]
    return located, [environment for environment, keys in pairs if keys is None]


async def some_keys_in(
    account: AccountReader, environments: Sequence[Environment]
) -> list[Located]:
    """Likewise; raises where Keysmith can read none of them."""
    located, closed = await keys_in(account, environments)
    if closed and len(closed) == len(environments):
        raise Forbidden(f"Keysmith may not read the keys of {closed[0].name}", status=403)
    return located
