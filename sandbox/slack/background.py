"""Work that nobody waits for, kept track of until the server stops."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field


@dataclass
class Background:
    """Tasks that live no longer than the server."""

    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Run a coroutine beside everything else."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def stop(self) -> None:
        """Cancel what still runs, and wait for it."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
