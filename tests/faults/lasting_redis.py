"""A Redis that can be killed without losing an acknowledged write."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

SOCKET = "lasting.sock"
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
"""Options of a server that writes to disk before it answers."""
TIMEOUT = 10.0
"""Seconds; a server starts in a few hundredths of one."""


@dataclass
class LastingRedis:
    """A server on a socket that stays the same when it is started again."""

    directory: Path
    options: tuple[str, ...] = DURABLE
    _process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def socket(self) -> Path:
        """The socket that it listens on, also after a restart."""
        return self.directory / SOCKET

    def client(self) -> Redis:
        """Make a new client."""
        return Redis(unix_socket_path=str(self.socket), decode_responses=True)

    async def start(self) -> None:
        """Start it with its data from before."""
        program = shutil.which("redis-server")
        assert program, "these tests need a redis-server"
        listen = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.directory)]
        self._process = await asyncio.create_subprocess_exec(
            program, *self.options, *listen, stdout=asyncio.subprocess.DEVNULL
        )
        await self._answers()

    async def _answers(self) -> None:
        async with asyncio.timeout(TIMEOUT), self.client() as redis:
            while True:
                with contextlib.suppress(RedisError, OSError):
                    await redis.execute_command("PING")  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
                    return
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def lasting_redis(directory: Path) -> AsyncIterator[LastingRedis]:
    """Run one in an existing directory."""
    redis = LastingRedis(directory)
    await redis.start()
    try:
        yield redis
    finally:
        await redis.kill()
