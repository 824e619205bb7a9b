"""Stops a process: everything side by side, within one deadline, and for certain."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import structlog

from bot.adapters.tasks import end

_log = structlog.get_logger("keysmith.stopping")
_log_repeated = structlog.get_logger("keysmith.repeated")

TOGETHER: Final = 18.0
"""Seconds for everything that a stopping process still does; a platform waits for 25."""
AFTER_ALL: Final = 5.0
"""Seconds after that in which what is lost is said to be, whatever hung before."""
CUT: Final = 24.0
"""Seconds until a process that still runs is ended: what it held waits for other processes."""

Task = Callable[[], Awaitable[Sequence[Exception]]]
End = Callable[[], Awaitable[object]]


class Stopping:
    """What ends when a process stops. What is added is ended once, together with all others."""

    def __init__(self, within: float = TOGETHER) -> None:
        self._within = within
        self._ends: list[End] = []
        self._last: list[End] = []
        self._after_all: list[End] = []

    def add(self, end: End) -> None:
        """End this too."""
        self._ends.append(end)

    def add_last(self, end: End) -> None:
        """End this too, and once more after all others, which may have given it more to do."""
        self._ends.append(end)
        self._last.append(end)

    def add_after_all(self, end: End) -> None:
        """End this when all others have ended, or had to be left at their deadline."""
        self._after_all.append(end)

    async def stop(self) -> None:
        """End everything, and leave at the deadline what has not ended."""
        started = asyncio.get_running_loop().time()
        await _within(self._within, self._ends, self._last)
        await _within(AFTER_ALL, self._after_all)
        _log.info("stopped", seconds=round(asyncio.get_running_loop().time() - started, 1))


async def _within(seconds: float, *groups: list[End]) -> None:
    """End groups one after the other."""
    try:
        async with asyncio.timeout(seconds):
            for ends in groups:
                await asyncio.gather(*map(_ended, ends))
    except TimeoutError:
        _log.warning("stop_cut", left="what had not ended waits for other processes")


async def _ended(end: End) -> None:
    try:
        await end()
    except Exception as error:  # noqa: BLE001  # the others end all the same
        _log.warning("not_ended_well", reason=type(error).__name__)


def cut_later(after: float = CUT) -> None:
    """End the process later, whatever it does then: a thread that hangs ends by nothing else.

    The exit code is 0: nothing is lost, and a platform should not restart what it stopped.
    """
    timer = threading.Timer(after, os._exit, (0,))
    timer.daemon = True
    timer.start()


def repeat(stopping: Stopping, event: str, task: Task, every: float, after_failure: float) -> None:
    """Run a task now and after each pause, in seconds, until the process stops."""
    repeated = asyncio.create_task(_repeat(event, task, every, after_failure))
    stopping.add(partial(end, repeated))


async def _repeat(event: str, task: Task, every: float, after_failure: float) -> None:
    """Log each failure that a run returns."""
    while True:
        try:
            failures = await task()
        except Exception as error:  # noqa: BLE001  # the loop must survive every failure
            failures = [error]
        for failure in failures:
            _log_repeated.warning(event, reason=type(failure).__name__)
        await asyncio.sleep(after_failure if failures else every)
