"""A Redis that keeps what it has acknowledged, and can be killed."""

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
PATIENCE = 10.0
"""Seconds; a server answers in a few hundredths of one."""


@dataclass
class LastingRedis:
    """A server whose every answer is on the disk before it is given."""

    directory: Path
    _process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def socket(self) -> Path:
        """Where it listens, in all its lives."""
        return self.directory / SOCKET

    def client(self) -> Redis:
        """Make a client of one's own."""
        return Redis(unix_socket_path=str(self.socket), decode_responses=True)

    async def start(self) -> None:
        """Start it on what it has kept."""
        program = shutil.which("redis-server")
        assert program, "these tests want a redis-server"
        kept = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        place = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.directory)]
        self._process = await asyncio.create_subprocess_exec(
            program, *kept, *place, stdout=asyncio.subprocess.DEVNULL
        )
        await self._answers()

    async def _answers(self) -> None:
        async with asyncio.timeout(PATIENCE), self.client() as redis:
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
    """Run one, in a directory that is there."""
    redis = LastingRedis(directory)
    await redis.start()
    try:
        yield redis
    finally:
        await redis.kill()
