"""`web`, `worker`, or both in one process: starting, stopping, draining."""

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Flag, auto
from typing import Final

import aiohttp
import structlog
from aiohttp import web
from redis.asyncio import Redis
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.clock import SystemClock
from bot.adapters.logs import configure
from bot.adapters.redis.connection import connected
from bot.adapters.redis.names import JOBS, NOTICES, OUTBOX
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.worker import Worker
from bot.app import Keysmith, Outside, build, open_cloudinary, open_slack
from bot.cli import Subparsers
from bot.domain.people import Workspace
from bot.errors import CloudinaryError, ConfigurationError, SlackError
from bot.flows.ports import Clock
from bot.settings import Settings, is_loopback, read_settings

_log = structlog.get_logger("keysmith.serving")

OUTGOING: Final = aiohttp.ClientTimeout(total=30, connect=10)
"""Seconds for a call to Slack; Cloudinary's calls have limits of their own."""
RECOVER_EVERY: Final = 10.0
"""Seconds between two looks for links that a killed process left half open."""
TICK: Final = 1.0
"""Seconds between two looks at requests whose time has come."""
INSPECT_EVERY: Final = 86_400.0
"""Seconds between two looks at the policy: people come and go."""
INSPECT_AGAIN: Final = 900.0
"""Seconds until the next, where something outside did not answer."""
NOTICES_AT_ONCE: Final = 4
"""Slack takes about one message a second in a channel."""


class Part(Flag):
    """What a process does."""

    WEB = auto()
    WORKER = auto()


DEFAULT: Final = "all"
"""The subcommand of a command line that has none."""
PARTS: Final = {DEFAULT: Part.WEB | Part.WORKER, "web": Part.WEB, "worker": Part.WORKER}


def add_parsers(subparsers: Subparsers) -> None:
    """Declare the commands."""
    for name, about in (
        (DEFAULT, "serve Slack and browsers, and carry errands out (default)"),
        ("web", "serve Slack and browsers only"),
        ("worker", "carry errands out only"),
    ):
        subparsers.add_parser(name, help=about).set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = read_settings(Settings)
    configure(settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(settings, PARTS[arguments.command]):
        await stop.wait()
    return 0


@asynccontextmanager
async def serving(
    settings: Settings, parts: Part, clock: Clock | None = None
) -> AsyncIterator[Keysmith]:
    """Run for as long as the block lasts; leaving it drains what is under way."""
    async with AsyncExitStack() as stack:
        outside = await _open_outside(settings, stack, clock or SystemClock())
        url = settings.redis_url.get_secret_value() if settings.redis_url else None
        redis = await stack.enter_async_context(connected(url))
        keysmith = build(outside, redis)
        if Part.WORKER in parts:
            await _work(keysmith, redis, stack)
        if Part.WEB in parts:
            stack.push_async_callback(keysmith.background.drain)
            await _listen(keysmith, outside, stack)
        _log.info("ready", parts=str(parts), port=settings.port, team=outside.team.id)
        yield keysmith


async def _open_outside(settings: Settings, stack: AsyncExitStack, clock: Clock) -> Outside:
    policy = CedarPolicy.load(settings.policy_file)
    session = await stack.enter_async_context(aiohttp.ClientSession(timeout=OUTGOING))
    slack, cloudinary = open_slack(settings, session), open_cloudinary(settings, session)
    team = await _team(settings, slack.workspace())
    permissions = await _has_permissions(cloudinary.has_permissions_api())
    return Outside(settings, session, slack, cloudinary, policy, team, permissions, clock=clock)


async def _team(settings: Settings, asking: Awaitable[Workspace]) -> Workspace:
    try:
        team = await asking
    except SlackError as error:
        raise ConfigurationError(f"Slack refuses SLACK_BOT_TOKEN: {error.code}.") from error
    if settings.slack_team_id not in {None, team.id}:
        raise ConfigurationError(f"SLACK_BOT_TOKEN belongs to {team.id}, not to SLACK_TEAM_ID.")
    return team


async def _has_permissions(asking: Awaitable[bool]) -> bool:
    try:
        return await asking
    except CloudinaryError as error:
        raise ConfigurationError(
            f"Cloudinary did not say which permissions the account has: {error.message}"
        ) from error


async def _work(keysmith: Keysmith, redis: Redis, stack: AsyncExitStack) -> None:
    async def job(item: Item) -> None:
        await keysmith.runner(item.fields["id"], worn_out=item.worn_out)

    async def notice(item: Item) -> None:
        await keysmith.notices(item.fields["text"], item.fields["by"])

    async def notification(item: Item) -> None:
        await keysmith.outbox(item.id, read_notification(item.fields), again=item.again)

    for worker in (
        Worker(RedisQueue(redis, JOBS), job),
        Worker(RedisQueue(redis, NOTICES), notice, NOTICES_AT_ONCE),
        Worker(RedisQueue(redis, OUTBOX), notification),
    ):
        await worker.start()
        stack.push_async_callback(worker.stop)
    for look in (_recover(keysmith), _check_deadlines(keysmith), _inspect(keysmith)):
        stack.callback(asyncio.create_task(look).cancel)


async def _recover(keysmith: Keysmith) -> None:
    """At the start, and every ten seconds: no key stays live that nobody was shown."""
    while True:
        try:
            for error in await keysmith.recoverer.recover():
                _log.warning("recover_again_later", explain=type(error).__name__)
        except Exception as error:  # noqa: BLE001  # it must go on, whatever happened
            _log.warning("recover_again_later", explain=type(error).__name__)
        await asyncio.sleep(RECOVER_EVERY)


async def _check_deadlines(keysmith: Keysmith) -> None:
    """Every second: what time does to requests, and what became of their credentials."""
    while True:
        try:
            await keysmith.runner.take_up()
            for error in await keysmith.deadline_keeper.look():
                _log.warning("deadlines_again_later", explain=type(error).__name__)
        except Exception as error:  # noqa: BLE001  # it must go on, whatever happened
            _log.warning("deadlines_again_later", explain=type(error).__name__)
        await asyncio.sleep(TICK)


async def _inspect(keysmith: Keysmith) -> None:
    """At the start, and every day: whether the policy works for the people there are."""
    while True:
        pause = INSPECT_EVERY
        try:
            await keysmith.policy_watch.look()
        except Exception as error:  # noqa: BLE001  # it is advice, and nothing waits for it
            _log.warning("policy_watch_again_later", explain=type(error).__name__)
            pause = INSPECT_AGAIN
        await asyncio.sleep(pause)


async def _listen(keysmith: Keysmith, outside: Outside, stack: AsyncExitStack) -> None:
    application = web.Application()
    application.add_routes([*keysmith.pages.routes(), *keysmith.health.routes()])
    if outside.settings.slack_signing_secret:
        application.router.add_post("/slack/events", keysmith.gate.deliver)
    if outside.settings.slack_app_token:
        await _open_socket(keysmith, outside, stack)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host = "127.0.0.1" if is_loopback(outside.settings.public_url) else "0.0.0.0"
    await web.TCPSite(runner, host, outside.settings.port).start()


async def _open_socket(keysmith: Keysmith, outside: Outside, stack: AsyncExitStack) -> None:
    token = outside.settings.slack_app_token
    client = SocketModeClient(
        app_token=token.get_secret_value() if token else "",
        web_client=AsyncWebClient(base_url=outside.settings.slack_api_url, session=outside.session),
    )
    client.socket_mode_request_listeners.append(keysmith.socket)
    stack.push_async_callback(client.close)
    await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
