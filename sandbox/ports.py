"""Ports of this machine, bound before their numbers are used.

A port that is looked up and released again can be given to another process before its server
listens. Servers of this process therefore get the bound socket itself (`bind`, `served`). For a
server of another process, such as the bot, the port stays bound here (`reserved`).
"""

import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from aiohttp import web

HOST: Final = "127.0.0.1"
"""The sandbox listens to this machine alone."""
SHUTDOWN: Final = 1.0
"""Seconds that a stopping server gives to answers that are late on purpose."""


def bind(port: int = 0) -> socket.socket:
    """Bind a port if it is free, and any free one otherwise; nothing listens there yet."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.bind((HOST, 0))
    return bound


@contextmanager
def reserved(port: int = 0) -> Iterator[int]:
    """Reserve a port (as `bind` chooses it) for a server of another process; gives its number.

    The kernel gives a bound port to no other process as an ephemeral port. On Linux a second socket
    with SO_REUSEADDR may still bind it and listen while the first one does not listen: that is the
    other process's server, which may also come and go. Elsewhere it may not, so the reservation
    ends as soon as the number is known.
    """
    with bind(port) as bound:
        number: int = bound.getsockname()[1]
        if sys.platform != "linux":
            bound.close()
        yield number


@asynccontextmanager
async def served(
    application: web.Application, bound: socket.socket | None = None
) -> AsyncIterator[str]:
    """Serve an application, on any free port unless a socket is given; gives its URL."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN)
    with bound or bind() as listening:
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            yield url_of(listening)
        finally:
            await runner.cleanup()


def url_of(bound: socket.socket) -> str:
    """The address of the server that listens, or will listen, on a bound socket."""
    return f"http://{HOST}:{bound.getsockname()[1]}"
