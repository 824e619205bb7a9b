"""Stops a process: everything side by side, within one deadline, and for certain."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

_log = structlog.get_logger("keysmith.stopping")

TOGETHER: Final = 20.0
"""Seconds for everything that a stopping process still does; a platform waits for 25."""
CUT: Final = 24.0
"""Seconds until a process that still runs is ended: what it held waits for other processes."""

End = Callable[[], Awaitable[object]]


class Stopping:
    """What ends when a process stops. What is added is ended once, together with all others."""

    def __init__(self, within: float = TOGETHER) -> None:
        self._within = within
        self._ends: list[End] = []
        self._last: list[End] = []

    def add(self, end: End) -> None:
        """End this too."""
        self._ends.append(end)

    def add_last(self, end: End) -> None:
        """End this too, and once more after all others, which may have given it more to do."""
        self._ends.append(end)
        self._last.append(end)

    async def stop(self) -> None:
        """End everything, and leave at the deadline what has not ended."""
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._within):
                for ends in (self._ends, self._last):
                    await asyncio.gather(*map(_ended, ends))
        except TimeoutError:
            _log.warning("stop_cut", left="what had not ended waits for other processes")
        _log.info("stopped", seconds=round(asyncio.get_running_loop().time() - started, 1))


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
