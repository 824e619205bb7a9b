"""`web`, `worker`, or both in one process: start, serve, drain, stop."""

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Flag, auto
from typing import Final

import aiohttp
import structlog
from aiohttp import web
from redis.asyncio import Redis
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.logs import configure
from bot.adapters.redis.names import JOBS, NOTICES, OUTBOX
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.worker import Worker
from bot.app import Keysmith, Outside, build, open_outside, open_redis
from bot.cli import Subparsers
from bot.errors import CloudinaryError, ConfigurationError, SlackError
from bot.flows.ports import Clock
from bot.settings import Settings, is_loopback, read_settings

_log = structlog.get_logger("keysmith.serving")

Task = Callable[[], Awaitable[Sequence[Exception]]]

OUTGOING: Final = aiohttp.ClientTimeout(total=30, connect=10)
"""Seconds for a call to Slack; Cloudinary's calls have their own limits."""
RECOVER_EVERY: Final = 10.0
"""Seconds between two searches for links that a killed process left half open."""
DEADLINES_EVERY: Final = 1.0
"""Seconds between two searches for jobs and requests that are due."""
LINT_EVERY: Final = 86_400.0
"""Seconds between two lints of the policy: the account's people change."""
LINT_AGAIN: Final = 900.0
"""Seconds until the next lint after a service did not answer."""
LIST_EVERY: Final = 1800.0
"""Seconds between two readings of the workspace's members; events report changes between them."""
LIST_AGAIN: Final = 60.0
"""Seconds until the next reading after Slack did not answer."""
NOTICES_AT_ONCE: Final = 4
"""Notices sent concurrently; Slack accepts about one message a second in a channel."""


class Part(Flag):
    """What a process does."""

    WEB = auto()
    WORKER = auto()


DEFAULT: Final = "all"
"""The subcommand of a command line that has none."""
PARTS: Final = {
    DEFAULT: (Part.WEB | Part.WORKER, "serve Slack and browsers, and run jobs (default)"),
    "web": (Part.WEB, "serve Slack and browsers only"),
    "worker": (Part.WORKER, "run jobs only"),
}


def add_parsers(subparsers: Subparsers) -> None:
    """Declare the commands."""
    for name, (_, about) in PARTS.items():
        subparsers.add_parser(name, help=about).set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = read_settings(Settings)
    configure(settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(settings, PARTS[arguments.command][0]):
        await stop.wait()
    return 0


@asynccontextmanager
async def serving(
    settings: Settings, parts: Part, clock: Clock | None = None
) -> AsyncIterator[Keysmith]:
    """Serve for as long as the block lasts; on leaving, finish the work that has begun."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=OUTGOING))
        outside = await _open(settings, session, clock)
        redis = await stack.enter_async_context(open_redis(settings))
        keysmith = build(outside, redis)
        people = _repeat("directory_again_later", keysmith.directory.fill, LIST_EVERY, LIST_AGAIN)
        stack.callback(asyncio.create_task(people).cancel)
        if Part.WORKER in parts:
            await _work(keysmith, redis, stack)
        if Part.WEB in parts:
            stack.push_async_callback(keysmith.background.drain)
            await _listen(keysmith, outside, stack)
        _log.info("ready", parts=str(parts), port=settings.port, team=outside.team.id)
        yield keysmith


async def _open(settings: Settings, session: aiohttp.ClientSession, clock: Clock | None) -> Outside:
    try:
        outside = await open_outside(settings, session, clock)
    except SlackError as error:
        raise ConfigurationError(f"Slack refuses SLACK_BOT_TOKEN: {error.code}.") from error
    except CloudinaryError as error:
        raise ConfigurationError(
            f"Cloudinary did not say which permissions the account has: {error.message}"
        ) from error
    team_id = outside.team.id
    if settings.slack_team_id not in {None, team_id}:
        raise ConfigurationError(f"SLACK_BOT_TOKEN belongs to {team_id}, not to SLACK_TEAM_ID.")
    return outside


async def _work(keysmith: Keysmith, redis: Redis, stack: AsyncExitStack) -> None:
    async def job(item: Item) -> None:
        await keysmith.runner(item.fields["id"], worn_out=item.worn_out)

    async def notice(item: Item) -> None:
        await keysmith.notices(item.fields["text"], item.fields["by"])

    async def notification(item: Item) -> None:
        await keysmith.outbox(item.id, read_notification(item.fields), again=item.again)

    async def deadlines() -> Sequence[Exception]:
        await keysmith.runner.take_up()
        return await keysmith.deadline_keeper.look()

    async def lint() -> Sequence[Exception]:
        await keysmith.policy_watch.look()
        return ()

    for worker in (
        Worker(RedisQueue(redis, JOBS), job),
        Worker(RedisQueue(redis, NOTICES), notice, NOTICES_AT_ONCE),
        Worker(RedisQueue(redis, OUTBOX), notification),
    ):
        await worker.start()
        stack.push_async_callback(worker.stop)
    for repeated in (
        _repeat("recover_again_later", keysmith.recoverer.recover, RECOVER_EVERY, RECOVER_EVERY),
        _repeat("deadlines_again_later", deadlines, DEADLINES_EVERY, DEADLINES_EVERY),
        _repeat("policy_watch_again_later", lint, LINT_EVERY, LINT_AGAIN),
    ):
        stack.callback(asyncio.create_task(repeated).cancel)


async def _repeat(event: str, task: Task, every: float, after_failure: float) -> None:
    """Run a task now and after each pause, in seconds; log each failure that it returns."""
    while True:
        try:
            failures = await task()
        except Exception as error:  # noqa: BLE001  # the loop must survive every failure
            failures = [error]
        for failure in failures:
            _log.warning(event, reason=type(failure).__name__)
        await asyncio.sleep(after_failure if failures else every)


async def _listen(keysmith: Keysmith, outside: Outside, stack: AsyncExitStack) -> None:
    settings, application = outside.settings, web.Application()
    application.add_routes([*keysmith.pages.routes(), *keysmith.health.routes()])
    if settings.slack_signing_secret:
        application.router.add_post("/slack/events", keysmith.gate.deliver)
    if settings.slack_app_token:
        client = SocketModeClient(
            settings.slack_app_token.get_secret_value(),
            web_client=AsyncWebClient(base_url=settings.slack_api_url, session=outside.session),
        )
        client.socket_mode_request_listeners.append(keysmith.socket)
        stack.push_async_callback(client.close)
        await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host = "127.0.0.1" if is_loopback(settings.public_url) else "0.0.0.0"
    await web.TCPSite(runner, host, settings.port).start()
