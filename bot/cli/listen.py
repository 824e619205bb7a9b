"""Opens what a process listens on: the port of health and metrics, the public one, a websocket."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from errno import EADDRINUSE
from typing import Final

import structlog
from aiohttp import web

from bot.adapters.slack.socket import SocketClient
from bot.app import Front, Keysmith
from bot.cli.socket_mode import SocketMode
from bot.cli.starting import FIRST_PAUSE, Reaching
from bot.cli.stopping import Stopping, repeat
from bot.errors import ConfigurationError, why_not
from bot.outside import Outside
from bot.setting_values import is_loopback
from bot.settings import Settings

_log = structlog.get_logger("keysmith.serving")

LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # a public bot is reached from outside

Routes = Sequence[web.AbstractRouteDef]


async def open_admin(front: Front, settings: Settings, stack: AsyncExitStack) -> str:
    """Serve health and metrics, in every process and before any service; gives the address.

    Processes on one machine can't share a port. Without ADMIN_PORT, those that come later take a
    free one, and say which; a port that is given is taken, or the process ends.
    """
    host, port = settings.admin_address
    routes = front.health.routes()
    try:
        runner, found = await serve_routes(front, routes, (host, port), settings)
    except OSError as error:
        if "admin_port" in settings.model_fields_set or error.errno != EADDRINUSE:
            raise cannot_listen("ADMIN_PORT", host, port, error) from error
        runner, found = await serve_routes(front, routes, (host, 0), settings)
        _log.warning("admin_port_taken", taken=port, instead=found)
    stack.push_async_callback(runner.cleanup)
    return f"{host}:{found}"


async def listen_for_slack(
    keysmith: Keysmith,
    outside: Outside,
    front: Front,
    reaching: Reaching,
    stopping: Stopping,
) -> None:
    """Serve Slack and browsers. The port opens last: nothing enters that can't be stored."""
    settings = outside.settings
    routes = keysmith.public.under(
        settings.public_url, slack=settings.slack_signing_secret is not None
    )
    if settings.slack_app_token:
        token = settings.slack_app_token.get_secret_value()
        client = SocketClient(
            *(token, settings.slack_api_url, outside.session, keysmith.socket),
            refused=front.health.metrics.calls.refused_by_slack,
        )
        socket_mode = SocketMode(client)
        stopping.add(client.close)
        await socket_mode.begin(reaching)
        keysmith.readiness.add("Slack: Socket Mode", socket_mode.look)
        repeat(stopping, "socket_again_later", socket_mode.renew, 0.0, FIRST_PAUSE)
    host = LOOPBACK if is_loopback(settings.public_url) else EVERYWHERE
    try:
        runner, _ = await serve_routes(front, routes, (host, settings.port), settings)
    except OSError as error:
        raise cannot_listen("PORT", host, settings.port, error) from error
    stopping.add(runner.cleanup)


async def serve_routes(
    front: Front, routes: Routes, address: tuple[str, int], settings: Settings
) -> tuple[web.AppRunner, int]:
    """Serve routes; gives the port, and what to clean up. Raises `OSError` if it is taken."""
    https = settings.public_url.startswith("https:")
    runner = await front.server.open(routes, *address, https=https)
    return runner, int(runner.addresses[0][1])


def cannot_listen(name: str, host: str, port: int, error: OSError) -> ConfigurationError:
    """Say which port is taken, and by which variable to change it."""
    return ConfigurationError(
        f"Keysmith can't listen on {host}:{port} ({name}): {why_not(error)}. Set {name} to a port"
        " that nothing listens on; PORT and ADMIN_PORT differ."
    )
