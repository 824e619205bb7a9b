"""Many reads of the account: a few at once, so that one long list leaves the limits to others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

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
