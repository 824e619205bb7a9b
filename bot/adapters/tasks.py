"""Ends background tasks for certain."""

import asyncio
from typing import Final

AGAIN: Final = 1.0
"""Seconds after which a task that goes on is cancelled once more."""


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks until they have ended.

    One cancellation is not enough: a call to Redis may turn it into an error of its own, which a
    loop that survives errors survives too.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
