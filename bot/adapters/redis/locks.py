"""Locks across processes: one holder at a time, in line, and never at the cost of a worker.

A lock is a key that holds its holder's token, and expires: a lease. Beside it stands a line: a
sorted set of those who want the lock, in the order of lane and acceptance, and the time at which
each asked last.

Invariants
1. Of those who wait, only the first takes a free lock. The reserved lane comes before all others,
   so that it waits for one holder and for its own lane.
2. A job of the normal lane does not wait here: `LockTaken` tells its worker to run it again when
   `ahead` is 0. Its place follows from the time of its acceptance, so that the oldest comes next,
   also after it lost its place: each one gets its turn.
3. Of those in one process who wait here without a job, the first asks Redis for all of them; the
   next takes its place in line, which follows from the time at which it came. Where Redis does not
   answer the first, all of them have the error: they do not wait for one time-out each.
4. Who has not asked for `GONE_MS` has left the line: a crash there delays the others by that.

A job that runs again reads everything again: rights that ended while it waited are gone.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.store import Store
from bot.adapters.tasks import end
from bot.domain.jobs import Job
from bot.domain.lanes import Lane, lane_of_job, waiter
from bot.errors import LockTaken, StoreError

LEASE: Final = 10.0  # seconds until a dead holder's lock is free; a living one renews it
RENEW: Final = LEASE / 4  # seconds between two renewals: three may go missing
PATIENCE: Final = 180.0  # seconds to wait without a job: several slow changes at Cloudinary
SHORT: Final = 2.0  # seconds that a job of the reserved lane waits: less than running it again
POLL: Final = 0.02  # seconds between two looks at a taken lock, at most
FIRST_POLL: Final = 0.002  # for the next in line, at first: what most holders still have to do
HELD_HERE: Final = 0.5  # seconds between two looks at a lock whose holder, in this process, tells
FAREWELL: Final = 1.0  # seconds for leaving the line when cancelled; else it is left by `GONE_MS`
GONE_MS: Final = 5_000  # in line without asking; waiting jobs ask each second at least
BEHIND: Final = 1e11  # seconds that the normal lane stands behind the reserved one

_ASK: Final = """
-- KEYS: lock, line, last asked. ARGV: who, place, ms until gone, lease in ms, token or ''.
-- Answers how many are ahead, the holder included; 0 with a token: the lock is taken.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[3])) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('ZREM', KEYS[3], gone)
end
redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[3], now, ARGV[1])
local ahead = redis.call('ZRANK', KEYS[2], ARGV[1]) + redis.call('EXISTS', KEYS[1])
if ahead == 0 and ARGV[5] ~= '' then
  redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[4])
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
end
for place = 2, 3 do redis.call('PEXPIRE', KEYS[place], 2 * ARGV[3]) end
return ahead
"""

_LEASE: Final = """
-- KEYS: lock. ARGV: its holder's token, the lease in ms from now on; 0 frees the lock.
return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""


@dataclass
class _Here:
    """What this process does with one lock."""

    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    held: bool = False
    users: int = 0
    failed: float = float("-inf")
    """When Redis last did not answer the one who asks for all."""


class RedisLocks:
    """Locks by name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._here = dict[str, _Here]()

    @asynccontextmanager
    async def hold(self, name: str, job: Job | None = None) -> AsyncIterator[None]:
        """Hold the lock until the block ends; without a job, wait for it in the reserved lane.

        Raises:
            LockTaken: it is not the job's turn; its place in line is kept.
            StoreError: the wait was too long, or Redis did not answer.

        """
        token, here = secrets.token_hex(16), self._here.setdefault(name, _Here())
        who = waiter(job) if job else token
        here.users += 1
        try:
            if not await self._acquired(name, who, job, token):
                if job:
                    raise LockTaken(name)
                await self._leave(name, who)
                raise StoreError("the turn never came")
            here.held, renewing = True, asyncio.create_task(self._renew(name, token))
            try:
                yield
            finally:
                await end(renewing)
                with contextlib.suppress(StoreError):  # the lease frees it
                    await self._lease(name, token, 0)
                here.held = False
                here.freed.set()
        finally:
            here.users -= 1
            if not here.users:
                del self._here[name]

    async def ahead(self, name: str, job: Job) -> int:
        """Count who comes before a job, the holder included; its place in line is kept."""
        return await self._ask(name, waiter(job), _place(job))

    async def leave(self, name: str, job: Job) -> None:
        """Leave the line: the job has ended without the lock."""
        await self._leave(name, waiter(job))

    async def _acquired(self, name: str, who: str, job: Job | None, token: str) -> bool:
        now, place, here = asyncio.get_running_loop().time, _place(job), self._here[name]
        came = now()
        until = came + (_patience(job) if job else PATIENCE)
        async with contextlib.nullcontext() if job else self._asking(name, who, token, came):
            behind, pause = 0, POLL
            while ahead := await self._ask(name, who, place, token):
                if now() >= until:  # between two calls: one cut short might have taken the lock
                    return False
                moved, behind = ahead != behind, ahead
                pause = FIRST_POLL if moved and ahead == 1 else min(2 * pause, POLL)  # the next one
                await _pause(here, pause)
        return True

    @asynccontextmanager
    async def _asking(self, name: str, who: str, token: str, came: float) -> AsyncIterator[None]:
        """Be the one in this process who asks. One who is cancelled leaves nothing behind."""
        here = self._here[name]
        async with here.asking:
            if here.failed > came:
                raise StoreError("Redis did not answer who came before")
            try:
                yield
            except StoreError:
                here.failed = asyncio.get_running_loop().time()
                raise
            except asyncio.CancelledError:
                with contextlib.suppress(StoreError, TimeoutError):
                    async with asyncio.timeout(FAREWELL):
                        await self._leave(name, who)
                        await self._lease(name, token, 0)  # it may have got its turn just now
                raise

    async def _ask(self, name: str, who: str, place: float, token: str = "") -> int:
        keys = (names.lock(name), names.lock_line(name), names.lock_seen(name))
        times = (str(place), str(GONE_MS), str(int(LEASE * 1000)))
        return int(str(await self._store.call("EVAL", _ASK, "3", *keys, who, *times, token)))

    async def _renew(self, name: str, token: str) -> None:
        while True:
            await asyncio.sleep(RENEW)
            with contextlib.suppress(StoreError):  # the next renewal tries again
                await self._lease(name, token, LEASE)

    async def _lease(self, name: str, token: str, seconds: float) -> None:
        left = str(int(seconds * 1000))
        await self._store.call("EVAL", _LEASE, "1", names.lock(name), token, left)

    async def _leave(self, name: str, who: str) -> None:
        line, seen = names.lock_line(name), names.lock_seen(name)
        await self._store.transact(("ZREM", line, who), ("ZREM", seen, who))


def _patience(job: Job) -> float:
    return SHORT if lane_of_job(job) is Lane.RESERVED else 0.0


def _place(job: Job | None) -> float:
    if job is None:
        return time.time()
    return job.accepted_at.timestamp() + (0.0 if lane_of_job(job) is Lane.RESERVED else BEHIND)


async def _pause(here: _Here, pause: float) -> None:
    """Wait before the next look, or until the holder in this process has freed the lock."""
    here.freed.clear()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HELD_HERE if here.held else pause):
            await here.freed.wait()
