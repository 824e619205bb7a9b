"""Opens what a process listens on: the admin port, the public port, Slack's websocket."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.adapters.slack.socket import SocketClient
from bot.app import Front, Keysmith, Outside
from bot.cli.starting import Reaching
from bot.cli.stopping import Stopping
from bot.errors import ConfigurationError
from bot.settings import Settings, is_loopback

LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # a public bot is reached from outside


async def listen_for_admins(settings: Settings, front: Front) -> web.AppRunner:
    """Serve health and metrics, in every process and before any service is reached."""
    return await _open(
        front, front.health.routes(), *settings.admin_address, "ADMIN_PORT", settings
    )


async def listen_for_slack(
    keysmith: Keysmith,
    outside: Outside,
    front: Front,
    reaching: Reaching,
    stopping: Stopping,
) -> None:
    """Serve Slack and browsers. The port opens last: nothing enters that can't be stored."""
    settings, routes = outside.settings, list(keysmith.pages.routes())
    if settings.slack_signing_secret:
        prefix = urlsplit(settings.public_url).path
        paths = dict.fromkeys(("/slack/events", f"{prefix}/slack/events"))
        routes += [web.post(path, keysmith.gate.deliver) for path in paths]
    if settings.slack_app_token:
        token = settings.slack_app_token.get_secret_value()
        client = SocketClient(token, settings.slack_api_url, outside.session)
        client.socket_mode_request_listeners.append(keysmith.socket)
        stopping.add(client.close)
        await reaching.until_answered("Slack (Socket Mode)", client.reach, "SLACK_APP_TOKEN")
        await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
    host = LOOPBACK if is_loopback(settings.public_url) else EVERYWHERE
    runner = await _open(front, routes, host, settings.port, "PORT", settings)
    stopping.add(runner.cleanup)


async def _open(
    front: Front,
    routes: Iterable[web.AbstractRouteDef],
    host: str,
    port: int,
    name: str,
    settings: Settings,
) -> web.AppRunner:
    https = settings.public_url.startswith("https:")
    try:
        return await front.server.open(routes, host, port, https=https)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"Keysmith can't listen on {host}:{port} ({name}): {reason}."
        ) from error
