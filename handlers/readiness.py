"""Whether this process can do its work: named probes, asked together at most once a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from bot.errors import StoreError

Probe = Callable[[], Awaitable[str | None]]
"""Tells in words what is wrong and what to do about it; None where nothing is."""

EVERY: Final = 1.0
"""Seconds that an answer holds: a probe writes to Redis, and anyone on the port may ask."""
LIMIT: Final = 2.0
"""Seconds that one probe may take."""


class Readiness:
    """The probes of one process. Callers at the same time share one look."""

    def __init__(self, now: Callable[[], float] = time.monotonic, *, limit: float = LIMIT) -> None:
        self._now = now
        self._limit = limit
        self._probes: dict[str, Probe] = {}
        self._lock = asyncio.Lock()
        self._reasons: tuple[str, ...] = ()
        self._until = float("-inf")

    def add(self, name: str, probe: Probe) -> None:
        """Ask this probe too; its name stands in front of its reason."""
        self._probes[name] = probe

    async def reasons(self) -> tuple[str, ...]:
        """Tell why the process is not ready, one line for each reason; empty where it is."""
        async with self._lock:
            if self._now() >= self._until:
                asked = (self._ask(*each) for each in self._probes.items())
                self._reasons = tuple(filter(None, await asyncio.gather(*asked)))
                self._until = self._now() + EVERY
            return self._reasons

    async def _ask(self, name: str, probe: Probe) -> str | None:
        try:
            async with asyncio.timeout(self._limit):
                found = await probe()
        except TimeoutError:
            found = f"no answer within {self._limit:g} seconds"
        except StoreError:  # the line of Redis itself has the reason
            found = "could not be looked at, since Redis does not answer"
        except Exception as error:  # noqa: BLE001  # a probe that fails has not said that all is well
            found = f"the probe failed ({type(error).__name__}); the log of the process says more"
        return f"{name}: {found}" if found else None
