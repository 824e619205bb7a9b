"""Locks of one process: the port `Locks`."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.jobs import Job
from bot.domain.lanes import Lane, lane_of_job, waiter
from bot.errors import LockTaken

Place = tuple[bool, int, str]
"""Whether it is in the normal lane, when it came, who it is."""


class FakeLocks:
    """One holder at a time for each name, and a line.

    A `patient` one waits instead of raising `LockTaken`, in place of a worker that runs jobs again.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self._patient = patient
        self._held: set[str] = set()
        self._lines: defaultdict[str, list[Place]] = defaultdict(list)
        self._came = 0

    @asynccontextmanager
    async def hold(self, name: str, job: Job | None = None) -> AsyncIterator[None]:
        """Take the lock; wait for it in the reserved lane."""
        lane = lane_of_job(job) if job else Lane.RESERVED
        who = waiter(job) if job else str(self._came)
        while self._ahead(name, who, lane):
            if lane is Lane.NORMAL and not self._patient:
                raise LockTaken(name)
            await asyncio.sleep(0)
        self._held.add(name)
        self._leave(name, who)
        try:
            yield
        finally:
            self._held.discard(name)

    async def ahead(self, name: str, job: Job) -> int:
        """Count who comes before a job."""
        return self._ahead(name, waiter(job), lane_of_job(job))

    async def leave(self, name: str, job: Job) -> None:
        """Give up its place."""
        self._leave(name, waiter(job))

    def _ahead(self, name: str, who: str, lane: Lane) -> int:
        line = self._lines[name]
        if all(each != who for _, _, each in line):
            self._came += 1
            line.append((lane is Lane.NORMAL, self._came, who))
            line.sort()
        return [each for _, _, each in line].index(who) + (name in self._held)

    def _leave(self, name: str, who: str) -> None:
        self._lines[name] = [each for each in self._lines[name] if each[2] != who]
