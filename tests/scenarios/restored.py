"""A Redis whose dump can be kept and put back, as an operator restores a backup."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.scenarios.system import System, running_system

DUMP = "dump.rdb"
TIMEOUT = 10.0
"""Seconds; a server starts in a few hundredths of one."""


@dataclass
class DumpedRedis:
    """A server that writes its dump only when told."""

    directory: Path
    _process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def url(self) -> str:
        """Where it listens, also after a restart."""
        return f"unix://{self.directory / 'redis.sock'}"

    def client(self) -> Redis:
        """Build a client; the caller closes it."""
        return Redis.from_url(self.url, decode_responses=True)  # type: ignore[no-any-return,no-untyped-call,unused-ignore]  # untyped

    async def call(self, *command: str) -> object:
        """Send one command."""
        async with self.client() as redis:
            answer: object = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            return answer

    async def start(self) -> None:
        """Start it with the dump that is there."""
        program = shutil.which("redis-server")
        assert program, "these tests need a redis-server"
        options = ["--port", "0", "--save", "", "--dbfilename", DUMP, "--dir", str(self.directory)]
        self._process = await asyncio.create_subprocess_exec(
            *(program, *options, "--unixsocket", str(self.directory / "redis.sock")),
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(TIMEOUT), self.client() as redis:
            while True:
                with contextlib.suppress(RedisError, OSError):
                    await redis.execute_command("PING")  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
                    return
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End it without a dump."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def back_up(self, copy: str) -> None:
        """Write a dump, and keep a copy of it."""
        await self.call("SAVE")
        shutil.copy(self.directory / DUMP, self.directory / copy)

    async def restore(self, copy: str) -> None:
        """Start again from an older dump, on the same socket."""
        await self.stop()
        shutil.copy(self.directory / copy, self.directory / DUMP)
        await self.start()


@asynccontextmanager
async def system_over_dumps(directory: Path) -> AsyncIterator[tuple[System, DumpedRedis]]:
    """Run a system whose Redis can be restored."""
    home = directory / "r"
    home.mkdir()
    async with AsyncExitStack() as stack:
        redis = DumpedRedis(home)
        await redis.start()
        stack.push_async_callback(redis.stop)
        system = await stack.enter_async_context(running_system(directory, REDIS_URL=redis.url))
        yield system, redis
