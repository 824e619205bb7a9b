"""A system under siege: every step between bot, Redis, Slack and Cloudinary passes a watch."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from redis.exceptions import RedisError

from bot.adapters.redis.store import as_items
from sandbox.running import Ports, Twins, running
from sandbox.variables import bot_keys, variables
from tests.faults.http_gate import watched
from tests.faults.lasting_redis import LastingRedis, lasting_redis
from tests.faults.redis_gate import RedisGate, gated
from tests.faults.watch import Watch
from tests.scenarios.api_watch import ApiWatch
from tests.scenarios.system import ROOT, Bot, Json, System

AUDIT: Final = "{keysmith}:audit"
QUEUES: Final = ("{keysmith}:errands", "{keysmith}:outbox", "{keysmith}:notices")
LEASES: Final = ("alive", "lock", "heir")
"""What a dead process held, by the names of the keys; each runs out by itself in ten seconds."""


@dataclass(frozen=True)
class CrashPoints:
    """The system, its Redis, and the watch."""

    system: System
    watch: Watch
    redis: LastingRedis
    gate: RedisGate

    async def ask_redis(self, *command: str) -> object:
        """Ask past the gate; None while there is no answer."""
        with contextlib.suppress(RedisError, OSError):
            async with self.redis.client() as redis:
                answer: object = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
                return answer
        return None

    async def record(self) -> list[Json]:
        """The entries so far, read past the bot."""
        found = await self.ask_redis("XRANGE", AUDIT, "-", "+")
        return [json.loads(fields["body"]) for _, fields in as_items(found)]

    async def kept(self, action: str) -> int:
        """How often somebody's wish was taken in."""
        return sum(
            entry["deed"] == "asked" and entry["action"] == action for entry in await self.record()
        )

    async def idle(self) -> bool:
        """Whether nothing waits in any queue."""
        return all([await self.ask_redis("XLEN", queue) == 0 for queue in QUEUES])

    async def count_keys(self, pattern: str) -> int:
        """How many of the bot's keys have such a name."""
        found = await self.ask_redis("KEYS", f"{{keysmith}}:{pattern}")
        return len(found) if isinstance(found, list) else 0

    async def let_leases_run_out(self) -> None:
        """Do what ten seconds do."""
        async with self.redis.client() as redis:
            for lease in LEASES:
                for key in await redis.keys(f"{{keysmith}}:{lease}:*"):
                    await redis.delete(key)


Crash = Callable[[CrashPoints], Awaitable[None]]


@asynccontextmanager
async def crash_points(
    directory: Path, watch: Watch, crash: Crash | None = None
) -> AsyncIterator[CrashPoints]:
    """Build one; `crash` is what happens when the watch reaches its point."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(lasting_redis(directory))
        socket = directory / "gate.sock"
        gate = await stack.enter_async_context(gated(watch, redis.socket, socket))
        twins = await stack.enter_async_context(running(Ports(), middlewares=[watched(watch)]))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bot = Bot(_environment(twins, directory, f"unix://{socket}"), directory)
        stack.push_async_callback(bot.kill)
        await bot.start()
        under = CrashPoints(System(twins, bot, session, directory, ApiWatch()), watch, redis, gate)
        if crash:
            stack.push_async_callback(_end, asyncio.create_task(_assault(under, crash)))
        yield under


async def _assault(under: CrashPoints, crash: Crash) -> None:
    await under.watch.reached.wait()
    await crash(under)


async def _end(task: asyncio.Task[None]) -> None:
    """A crash that went wrong is the test's failure too."""
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _environment(twins: Twins, directory: Path, redis_url: str) -> dict[str, str]:
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    found = variables(twins.at, twins.slack, bot_keys(directory))
    ours = {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "debug", "REDIS_URL": redis_url}
    return path | found | ours
