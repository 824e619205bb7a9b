"""Both servers, for as long as a block lasts: used by `make run` and by the scenario tests."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox.cloudinary.app import create_app as create_cloudinary
from sandbox.cloudinary.faults import ApiWatch, nobody
from sandbox.slack.app import create_app as create_slack
from sandbox.slack.config import SlackConfig
from sandbox.slack.manifest import OURS, read
from sandbox.slack.workspace import Workspace
from sandbox.variables import Addresses

HOST: Final = "127.0.0.1"
"""The sandbox listens to this machine alone."""
SHUTDOWN: Final = 1.0
"""Seconds that a stopping server gives to answers that are late on purpose."""
SLACK_EVENTS: Final = "/slack/events"


@dataclass(frozen=True)
class Ports:
    """Where the three servers listen; 0 is any that is free."""

    slack: int = 0
    cloudinary: int = 0
    bot: int = 0


@dataclass(frozen=True)
class Twins:
    """Two servers that run."""

    at: Addresses
    slack: SlackConfig = field(repr=False)


@asynccontextmanager
async def running(
    ports: Ports,
    state: Path | None = None,
    *,
    socket_mode: bool = False,
    permissions: bool = False,
    manifest: Path = OURS,
    speed: float = 1.0,
    api_watch: ApiWatch = nobody,
) -> AsyncIterator[Twins]:
    """Run both; the Cloudinary account remembers its state where a directory is given.

    Slack grants what the app's manifest asks for; `speed` divides the waits between its attempts.
    """
    found = [free_port(port) for port in (ports.slack, ports.cloudinary, ports.bot)]
    at = Addresses(*(f"http://{HOST}:{port}" for port in found))
    app = read(manifest)
    config = SlackConfig(
        public_url=at.slack,
        manifest=app,
        bot_request_url=f"{at.bot}{SLACK_EVENTS}",
        redirect_urls=(at.bot,),
        socket_mode=socket_mode or app.socket_mode,
        speed=speed,
    )
    async with AsyncExitStack() as stack:
        await _serve(stack, create_slack(Workspace(), config), found[0])
        file = state / "cloudinary.json" if state else None
        await _serve(
            stack, create_cloudinary(file, permissions=permissions, api_watch=api_watch), found[1]
        )
        yield Twins(at, config)


async def _serve(stack: AsyncExitStack, application: web.Application, port: int) -> None:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, HOST, port).start()


def free_port(wanted: int = 0) -> int:
    """The wanted port where it is free, else any that is."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
