"""Running both servers for the duration of a block, as `make run` and the scenario tests do."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from aiohttp.typedefs import Middleware

from sandbox.cloudinary.app import create_app as create_cloudinary
from sandbox.cloudinary.faults import ApiWatch, no_watch
from sandbox.large import COMPANY, Seed
from sandbox.ports import HOST, bind, reserved, served, url_of
from sandbox.slack.app import create_app as create_slack
from sandbox.slack.config import SlackConfig
from sandbox.slack.grid import Grid
from sandbox.slack.manifest import OURS, read
from sandbox.slack.workspace import Workspace
from sandbox.variables import Addresses

SLACK_EVENTS: Final = "/slack/events"


@dataclass(frozen=True)
class Ports:
    """The ports of the three servers; 0 is any free one."""

    slack: int = 0
    cloudinary: int = 0
    bot: int = 0


@dataclass(frozen=True)
class Twins:
    """The two running servers, each the simulated twin of a real service."""

    at: Addresses
    slack: SlackConfig = field(repr=False)


@asynccontextmanager
async def running(
    ports: Ports,
    state: Path | None = None,
    *,
    socket_mode: bool = False,
    permissions: bool = False,
    grid: bool = False,
    manifest: Path = OURS,
    speed: float = 1.0,
    limits: bool = True,
    api_watch: ApiWatch = no_watch,
    middlewares: Sequence[Middleware] = (),
    workspace: Workspace | None = None,
    seed: Seed = COMPANY,
) -> AsyncIterator[Twins]:
    """Run both servers; the Cloudinary account keeps its state in a directory, if one is given.

    Slack grants the scopes of the app's manifest; `speed` divides the waits between its attempts,
    and without `limits` it takes any number of messages and calls.
    `api_watch` gets every call to Cloudinary and its answer. `middlewares` wrap both servers.
    `workspace` and `seed` replace the company's people and its account. The bot's port stays
    reserved, so that the bot can be started, killed and started again.
    """
    async with AsyncExitStack() as stack:
        slack, cloudinary = (
            stack.enter_context(bind(port)) for port in (ports.slack, ports.cloudinary)
        )
        bot, admin = stack.enter_context(reserved(ports.bot)), stack.enter_context(reserved())
        urls = (url_of(slack), url_of(cloudinary), f"http://{HOST}:{bot}", f"http://{HOST}:{admin}")
        at = Addresses(*urls)
        app = read(manifest)
        config = SlackConfig(
            public_url=at.slack,
            manifest=app,
            bot_request_url=f"{at.bot}{SLACK_EVENTS}",
            redirect_urls=(at.bot, at.bot.replace(HOST, "localhost")),
            socket_mode=socket_mode or app.socket_mode,
            speed=speed,
            grid=Grid() if grid else None,
        )
        if not limits:
            config = replace(config, post_interval=0.0, tier_burst=None)
        file = state / "cloudinary.json" if state else None
        account = create_cloudinary(file, permissions=permissions, api_watch=api_watch, seed=seed)
        for application, bound in (
            (create_slack(workspace or Workspace(), config), slack),
            (account, cloudinary),
        ):
            application.middlewares.extend(middlewares)
            await stack.enter_async_context(served(application, bound))
        yield Twins(at, config)
