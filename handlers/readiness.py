"""Whether this process can do its work: named probes, asked together at most once a second."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from bot.errors import StoreError

_log = structlog.get_logger("keysmith.readiness")

Probe = Callable[[], Awaitable[str | None]]
"""Tells in words what is wrong and what to do about it; None where nothing is."""

EVERY: Final = 1.0
"""Seconds that an answer holds: a probe writes to Redis, and anyone on the port may ask."""
OVER: Final = 5.0
"""Seconds without its reason until the log says that it is over."""
LIMIT: Final = 2.0
"""Seconds that one probe may take."""
_NUMBER: Final = re.compile(r"\d+")
"""In a reason: one that grows makes no new reason."""


class Readiness:
    """The probes of one process. Callers at the same time share one look."""

    def __init__(self, now: Callable[[], float] = time.monotonic, *, limit: float = LIMIT) -> None:
        self._now = now
        self._limit = limit
        self._probes: dict[str, Probe] = {}
        self._lock = asyncio.Lock()
        self._reasons: dict[str, str] = {}
        self._told: dict[str, tuple[str, float]] = {}
        self._until = float("-inf")

    def add(self, name: str, probe: Probe) -> None:
        """Ask this probe too; its name stands in front of its reason."""
        self._probes[name] = probe

    async def reasons(self) -> tuple[str, ...]:
        """Tell why the process is not ready, one line for each reason; empty where it is."""
        async with self._lock:
            if self._now() >= self._until:
                probes = dict(self._probes)  # a start adds more meanwhile
                found = await asyncio.gather(*map(self._ask, probes.values()))
                self._take({name: each for name, each in zip(probes, found, strict=True) if each})
                self._until = self._now() + EVERY
            return tuple(f"{name}: {reason}" for name, reason in self._reasons.items())

    async def look(self) -> Sequence[Exception]:
        """Look, so that the log knows of a process that no platform asks."""
        await self.reasons()
        return ()

    def _take(self, reasons: dict[str, str]) -> None:
        """Keep what was found, and log what is new; one that comes and goes is logged once."""
        self._reasons, now = reasons, self._now()
        for name, reason in reasons.items():
            before, _ = self._told.get(name, ("", now))
            if _NUMBER.sub("", reason) != _NUMBER.sub("", before):
                _log.error("not_ready", probe=name, reason=reason)
            self._told[name] = reason, now
        for name in [name for name, (_, at) in self._told.items() if now - at >= OVER]:
            _log.info("not_ready_over", probe=name)
            del self._told[name]

    async def _ask(self, probe: Probe) -> str | None:
        try:
            async with asyncio.timeout(self._limit):
                return await probe()
        except TimeoutError:
            return f"no answer within {self._limit:g} seconds"
        except StoreError:  # the line of Redis itself has the reason
            return "could not be looked at, since Redis does not answer"
        except Exception as error:  # noqa: BLE001  # a probe that fails has not said that all is well
            return f"the probe failed ({type(error).__name__}); the log of the process says more"
