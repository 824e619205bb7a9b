"""Small things that follow an ack: tracked, drained at the end, never raising into Bolt."""

import asyncio
from collections.abc import Coroutine
from typing import Final

from handlers.faults import failed

DRAIN: Final = 5.0
"""Seconds that a stopping process gives them: each is one message."""


class Background:
    """Runs coroutines whose result nobody waits for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[object, object, None]) -> None:
        """Start one."""
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for those that run."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN)


async def _quietly(work: Coroutine[object, object, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001  # logged under its id; nobody is left to tell
        failed(error)
