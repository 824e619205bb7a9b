"""Opens the ports of a process: the public one, and the one of health and metrics."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from errno import EADDRINUSE
from typing import Protocol

import structlog
from aiohttp import web

from bot.errors import ConfigurationError
from bot.settings import Settings

_log = structlog.get_logger("keysmith.serving")

Routes = Sequence[web.AbstractRouteDef]


class HttpServer(Protocol):
    """Opens servers."""

    async def open(
        self, routes: Iterable[web.AbstractRouteDef], host: str, port: int, *, https: bool
    ) -> web.AppRunner:
        """Serve routes; the caller cleans the runner up. Raises `OSError` if the port is taken."""


async def open_admin(
    server: HttpServer, routes: Routes, settings: Settings, stack: AsyncExitStack
) -> str:
    """Serve health and metrics, in every process; gives the address.

    Processes on one machine can't share a port. Without ADMIN_PORT, those that come later take a
    free one, and say which; a port that is given is taken, or the process ends.
    """
    host, port = settings.admin_address
    try:
        found = await serve_routes(server, routes, (host, port), settings, stack)
    except OSError as error:
        if "admin_port" in settings.model_fields_set or error.errno != EADDRINUSE:
            raise cannot_listen("ADMIN_PORT", host, port, error) from error
        found = await serve_routes(server, routes, (host, 0), settings, stack)
        _log.warning("admin_port_taken", taken=port, instead=found)
    return f"{host}:{found}"


async def serve_routes(
    server: HttpServer,
    routes: Routes,
    address: tuple[str, int],
    settings: Settings,
    stack: AsyncExitStack,
) -> int:
    """Serve routes until the stack is left; gives the port. Raises `OSError` if it is taken."""
    https = settings.public_url.startswith("https:")
    runner = await server.open(routes, *address, https=https)
    stack.push_async_callback(runner.cleanup)
    return int(runner.addresses[0][1])


def cannot_listen(name: str, host: str, port: int, error: OSError) -> ConfigurationError:
    """Say which port is taken, and by which variable to change it."""
    return ConfigurationError(f"Keysmith can't listen on {host}:{port} ({name}): {error.strerror}.")
