"""Background tasks, which end with the server."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field


@dataclass
class Background:
    """The running background tasks."""

    tasks: set[asyncio.Task[object]] = field(default_factory=set)

    def start(self, work: Coroutine[None, None, object]) -> None:
        """Run a coroutine in the background."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def stop(self) -> None:
        """Cancel the running tasks and wait for them."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
