"""Background tasks end, whatever they make of a cancellation."""

import asyncio

from bot.adapters.tasks import end
from bot.cli.stopping import Stopping, repeat

QUICK = 0.001
TAKEN = 2
"""Cancellations that the first calls turn into an error of their own, as a client of Redis may."""


class Stubborn:
    """A call that waits for ever, and survives some cancellations."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.cancelled = 0

    async def call(self) -> tuple[Exception, ...]:
        """Wait; raises `ConnectionError` where it takes a cancellation for a fault."""
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            self.cancelled += 1
            if self.cancelled <= TAKEN:
                raise ConnectionError from error
            raise
        return ()


async def test_a_task_that_survives_a_cancellation_is_cancelled_again() -> None:
    """Until it has ended"""
    stubborn = Stubborn()

    async def loop() -> None:
        while True:
            try:
                await stubborn.call()
            except ConnectionError:
                continue

    task = asyncio.create_task(loop())
    await stubborn.began.wait()
    await end(task)
    assert task.cancelled()
    assert stubborn.cancelled == TAKEN + 1


def test_a_process_leaves_nothing_running_that_it_repeats() -> None:
    """Or it would never end after SIGTERM; in a loop where nothing else runs"""

    async def run() -> set[asyncio.Task[None]]:
        stubborn, stopping = Stubborn(), Stopping()
        repeat(stopping, "again_later", stubborn.call, QUICK, QUICK)
        await stubborn.began.wait()
        await stopping.stop()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert set() == asyncio.run(run())
