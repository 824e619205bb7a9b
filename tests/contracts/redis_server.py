"""A Redis server for the tests, and one that is away."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.adapters.redis.connection import client
from bot.domain.redis_url import RedisAddress

SOCKET: Final = "redis.sock"
PATIENCE: Final = 10.0
"""Seconds; a server answers in a few hundredths of one."""


@asynccontextmanager
async def running_redis(directory: Path) -> AsyncIterator[Redis]:
    """Run a server on a socket in the directory; yields a client."""
    socket, program = directory / SOCKET, shutil.which("redis-server")
    assert program, "these tests need a redis-server"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(directory)]
    process = await asyncio.create_subprocess_exec(
        program, *options, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with connected(socket) as redis:
            await _answers(redis)
            yield redis
    finally:
        # SIGKILL: a server that writes its first append-only file ignores SIGTERM.
        with contextlib.suppress(ProcessLookupError):  # a test may have ended it
            process.kill()
        await process.wait()


def connected(socket: Path) -> AbstractAsyncContextManager[Redis]:
    """Connect another client, as another process of the bot does."""
    return client(RedisAddress(path=str(socket)))


async def _answers(redis: Redis) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await redis.execute_command("PING")  # type: ignore[no-untyped-call]  # left untyped
            except (RedisError, OSError):
                await asyncio.sleep(0.01)
            else:
                return


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """Run one server for all tests; yields its socket's path."""
    directory = tmp_path_factory.mktemp("redis")
    async with running_redis(directory):
        yield directory / SOCKET


@pytest.fixture
async def redis(server: Path) -> AsyncIterator[Redis]:
    """Connect a client to an empty server."""
    async with connected(server) as client:
        await client.flushall()
        yield client


@pytest.fixture
async def unreachable(tmp_path: Path) -> AsyncIterator[Redis]:
    """Create a client of a server that is away."""
    async with connected(tmp_path / SOCKET) as client:
        yield client


@asynccontextmanager
async def hanging(timeout: float) -> AsyncIterator[Redis]:  # noqa: ASYNC109  # of one answer
    """Create a client of a server that takes every connection, and never answers."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        _, port = server.sockets[0].getsockname()
        address = RedisAddress.parse(f"redis://127.0.0.1:{port}")
        async with client(address, timeout=timeout) as gone:
            yield gone
