"""The Redis of a bot: one that its variables name, or the private one in its directory."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.driver_info import DriverInfo
from redis.exceptions import RedisError

from bot.adapters.redis.embedded import socket_of

DRIVER: Final = DriverInfo()
"""A client without one asks the installed packages for redis-py's version each time."""
OWN: Final = "var/redis"


def client(directory: Path, environment: Mapping[str, str]) -> Redis:
    """Build a client of the Redis of a bot with these variables; the caller closes it."""
    own = f"unix://{socket_of(directory / OWN)}"
    return Redis.from_url(environment.get("REDIS_URL", own), driver_info=DRIVER)


async def stop(directory: Path) -> None:
    """Stop the private Redis that a killed bot leaves behind."""
    socket = socket_of(directory / OWN)
    if socket.exists():
        async with Redis(unix_socket_path=str(socket), driver_info=DRIVER) as redis:
            with contextlib.suppress(RedisError):
                await redis.shutdown(nosave=True)
