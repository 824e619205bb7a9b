"""A system that crashes at a chosen step; a watch sees each call to Redis, Slack and Cloudinary."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
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
from tests.scenarios.presses import QUEUES
from tests.scenarios.processes import ROOT
from tests.scenarios.system import Bot, Json, System, until
from tests.scenarios.unlimited import at_once

AUDIT: Final = "{keysmith}:audit"
LAST_LINES: Final = 60
"""Of the bot's log, shown where a test waits in vain."""
AHEAD: Final = "ahead"
"""The file with the seconds between the machine's clock and the bot's."""
LOOKS_EVERY: Final = "2"
"""Seconds between the looks of a timed bot that take a minute otherwise."""
LEASES: Final = ("alive", "lock", "heir")
"""Keys of a process that expire ten seconds after its death: heartbeat, lock, reclaim."""


@dataclass(frozen=True)
class CrashPoints:
    """The system, its Redis, and the watch between them."""

    system: System
    watch: Watch
    redis: LastingRedis
    gate: RedisGate

    def advance(self, span: timedelta) -> None:
        """Set the bot's clock ahead, if it runs with one that can be."""
        file = self.system.directory / AHEAD
        file.write_text(str(float(file.read_text()) + span.total_seconds()))

    async def ask_redis(self, *command: str) -> object:
        """Send a command to Redis past the gate; None while Redis does not answer."""
        with contextlib.suppress(RedisError, OSError):
            async with self.redis.client() as redis:
                answer: object = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
                return answer
        return None

    async def audit_entries(self) -> list[Json]:
        """Read the audit log from Redis, without the bot; waits for a Redis that is away."""

        async def log() -> list[object] | None:
            found = await self.ask_redis("XRANGE", AUDIT, "-", "+")
            return None if found is None else [found]

        (found,) = await until(log)
        return [json.loads(fields["body"]) for _, fields in as_items(found)]

    async def accepted(self, action: str) -> int:
        """Count the accepted commands with this action."""
        return sum(
            entry["deed"] == "asked" and entry["action"] == action
            for entry in await self.audit_entries()
        )

    async def idle(self, queues: Sequence[str] = QUEUES) -> bool:
        """Whether every queue is empty."""
        return all([await self.ask_redis("XLEN", queue) == 0 for queue in queues])

    async def count_keys(self, pattern: str) -> int:
        """Count the bot's Redis keys that match a pattern."""
        found = await self.ask_redis("KEYS", f"{{keysmith}}:{pattern}")
        return len(found) if isinstance(found, list) else 0

    async def expire_leases(self) -> None:
        """Delete the keys that expire ten seconds after a process dies."""
        async with self.redis.client() as redis:
            for lease in LEASES:
                for key in await redis.keys(f"{{keysmith}}:{lease}:*"):
                    await redis.delete(key)


Crash = Callable[[CrashPoints], Awaitable[None]]
RULES: Final = ('@id("members-request")\n', '@id("admins-change-users")\n')


def without_calls(directory: Path, more: Mapping[str, str]) -> Path:
    """Write the shipped policy, except that approvers hear of the request in the channel alone.

    Direct messages are sent beside the story, at any of its steps: they would move its points.
    `more` are annotations by the rule that gets them.
    """
    shipped, file = (ROOT / "policy/keysmith.cedar").read_text(), directory / "policy.cedar"
    for rule, annotation in (*dict.fromkeys(RULES, '@notify("none")').items(), *more.items()):
        assert rule in shipped
        shipped = shipped.replace(rule, f"{rule}{annotation}\n")
    file.write_text(shipped)
    return file


@asynccontextmanager
async def crash_points(
    directory: Path,
    watch: Watch,
    crash: Crash | None = None,
    *,
    permissions: bool = False,
    annotations: Mapping[str, str] = MappingProxyType({}),
    timed: bool = False,
) -> AsyncIterator[CrashPoints]:
    """Run a system; `crash` runs when the watch reaches its point.

    `annotations` are added to rules of the policy; the clock of a `timed` bot can be set ahead.
    """
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(lasting_redis(directory))
        socket = directory / "gate.sock"
        gate = await stack.enter_async_context(gated(watch, redis.socket, socket))
        twins = await stack.enter_async_context(
            running(
                Ports(),
                permissions=permissions,
                limits=False,
                middlewares=[at_once(redis.client), watched(watch)],
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        variables_ = environment(twins, directory, f"unix://{socket}")
        variables_ |= {"POLICY_FILE": str(without_calls(directory, annotations))}
        if timed:
            (directory / AHEAD).write_text("0")
            variables_ |= {AHEAD.upper(): str(directory / AHEAD), "LOOKS_EVERY": LOOKS_EVERY}
        bot = Bot(variables_, directory, module="tests.scenarios.ahead" if timed else "bot")
        stack.push_async_callback(bot.kill)
        await bot.start()
        setup = CrashPoints(System(twins, bot, session, directory, ApiWatch()), watch, redis, gate)
        if crash:
            await stack.enter_async_context(crashing(setup, crash))
        yield setup


@asynccontextmanager
async def crashing(setup: CrashPoints, crash: Crash) -> AsyncIterator[None]:
    """Crash when the watch reaches its point."""
    task = asyncio.create_task(_crash_when_reached(setup, crash))
    try:
        yield
    except TimeoutError as late:
        late.add_note("\n".join(setup.system.bot.log.splitlines()[-LAST_LINES:]))
        raise
    finally:
        await _end(task)


async def _crash_when_reached(setup: CrashPoints, crash: Crash) -> None:
    await setup.watch.reached.wait()
    await crash(setup)


async def _end(task: asyncio.Task[None]) -> None:
    """Let a failed crash fail the test too."""
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def environment(twins: Twins, directory: Path, redis_url: str) -> dict[str, str]:
    """Compose the bot's variables."""
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    sandbox = variables(twins.at, twins.slack, bot_keys(directory))
    ours = {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "debug", "REDIS_URL": redis_url}
    return path | sandbox | ours
