"""Short tasks that follow an ack: tracked, drained at shutdown, never raising into Bolt."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Final

from handlers.faults import failed

DRAIN: Final = 5.0
"""Seconds that a stopping process waits for the tasks: each sends one message."""


class Background:
    """Runs coroutines that nothing awaits."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[object, object, None]) -> None:
        """Start a task."""
        task = asyncio.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for the running tasks, and for those that they start."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN):
                while self._tasks:
                    await asyncio.wait(self._tasks)


async def _guarded(work: Coroutine[object, object, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001  # logged under an id: the ack is long sent
        failed(error)
