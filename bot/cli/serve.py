"""`web`, `worker`, or both in one process: start, serve, drain, stop."""

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Flag, auto
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web
from redis.asyncio import Redis
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.logs import configure
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import JOBS, JOBS_RESERVED, NOTICES, OUTBOX, OUTBOX_SECURITY
from bot.adapters.redis.permissions import RedisPermissions
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.worker import Ready, Worker
from bot.adapters.tasks import end
from bot.app import Keysmith, Outside, build, open_outside, open_redis
from bot.cli import Subparsers
from bot.domain.audit import AuditEvent, Entry
from bot.errors import CloudinaryError, ConfigurationError, SlackError, StoreError
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
KEEP_EVERY: Final = 86_400.0
"""Seconds between two looks for what is older than `KEEP`."""
KEEP_AGAIN: Final = 3600.0
"""Seconds until the next look after it could not be archived."""
LINT_AGAIN: Final = 900.0
"""Seconds until the next lint after a service did not answer."""
RESERVED_AT_ONCE: Final = 8
"""Jobs of the reserved lane that run at the same time: they are few, and each is short."""
NOTICES_AT_ONCE: Final = 2
"""Notices sent concurrently: an emergency's own waits behind so many for Slack's pace."""


LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # a public bot is reached from outside


DOWNGRADED: Final = (
    "Cloudinary refuses its Permissions API, which this account had before. Without it, Keysmith"
    " would ignore Cloudinary's own policies. Nothing was started. If the account has lost the API"
    " on purpose, confirm it with `python -m bot check --without-permissions` and start again;"
    " otherwise give the account key its roles back."
)
LIST_EVERY: Final = 1800.0
"""Seconds between two readings of the workspace's members; events report changes between them."""
LIST_AGAIN: Final = 60.0
"""Seconds until the next reading after Slack did not answer."""


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
        await _roll_over(keysmith.ledger, outside.clock)
        await _report_cut(keysmith.signed, outside.clock)
        await _keep_mode(keysmith.permissions, outside)
        fill = keysmith.directory.fill
        repeat_until_left(stack, "directory_again_later", fill, LIST_EVERY, LIST_AGAIN)
        if Part.WORKER in parts:
            await _work(keysmith, redis, stack)
        if Part.WEB in parts:
            stack.push_async_callback(keysmith.background.drain)
            await _listen(keysmith, outside, stack)
        mode = "permissions_api" if outside.permissions else "fixed_roles"
        _log.info(
            "ready", parts=str(parts), port=settings.port, team=outside.team.id, rights_by=mode
        )
        yield keysmith


async def _open(settings: Settings, session: aiohttp.ClientSession, clock: Clock | None) -> Outside:
    try:
        outside = await open_outside(settings, session, clock)
    except SlackError as error:
        raise ConfigurationError(f"Slack refuses SLACK_BOT_TOKEN: {error.code}.") from error
    except CloudinaryError as error:
        raise ConfigurationError(
            f"Cloudinary did not say whether the account has the Permissions API: {error.message}."
            " Nothing was started. Look at CLOUDINARY_ACCOUNT_URL and at the account key's roles,"
            " and start again."
        ) from error
    team_id = outside.team.id
    if settings.slack_team_id not in {None, team_id}:
        raise ConfigurationError(f"SLACK_BOT_TOKEN belongs to {team_id}, not to SLACK_TEAM_ID.")
    return outside


async def _roll_over(ledger: Ledger, clock: Clock) -> None:
    """Put the audit log under the newest key at once, not only with the next command."""
    entry = Entry(clock.now(), AuditEvent.ROLLED_OVER, "audit:rollover")
    try:
        await ledger.roll_over(entry, "The audit log is now signed by a new key of KEYSMITH_KEYS.")
    except StoreError as error:  # the next entry is under the newest key too
        _log.warning("roll_over_failed", error=str(error))


async def _report_cut(signed: Signed, clock: Clock) -> None:
    """Tell security at once if the start of the audit log is gone."""
    try:
        await signed.report_cut(clock.now())
    except StoreError as error:  # every effect meets it again, and stops
        _log.warning("audit_log_not_read", error=str(error))


async def _keep_mode(permissions: RedisPermissions, outside: Outside) -> None:
    """Record that the account has the Permissions API; without it, it must never have had it."""
    try:
        if outside.permissions:
            entry = Entry(outside.clock.now(), AuditEvent.DONE, "permissions:on")
            await permissions.remember(entry)
        elif await permissions.known():
            raise ConfigurationError(DOWNGRADED)
    except StoreError as error:
        raise ConfigurationError(f"Redis does not answer ({error}). Is REDIS_URL right?") from error


def person(item: Item) -> str:
    """Whose job it is; a former version stored none, and such a job shares with no other."""
    return item.fields.get("by", item.id)


def lane(item: Item) -> str:
    """What keeps its order among notifications; one that Slack holds up delays no other lane."""
    return read_notification(item.fields).lane


async def _work(keysmith: Keysmith, redis: Redis, stack: AsyncExitStack) -> None:
    async def job(item: Item) -> Ready | None:
        return await keysmith.runner(item.fields["id"], worn_out=item.worn_out)

    async def notice(item: Item) -> None:
        await keysmith.notices(item.fields["text"], item.fields["by"])

    async def notification(item: Item) -> None:
        await keysmith.outbox(item.id, read_notification(item.fields), again=item.again)

    async def take_up() -> Sequence[Exception]:
        await keysmith.runner.take_up()
        return ()

    async def lint() -> Sequence[Exception]:
        await keysmith.policy_watch.look()
        return ()

    workers = (
        Worker(RedisQueue(redis, JOBS_RESERVED), job, RESERVED_AT_ONCE, owner=person),
        Worker(RedisQueue(redis, JOBS), job, owner=person),
        Worker(RedisQueue(redis, OUTBOX_SECURITY), notification, NOTICES_AT_ONCE),
        Worker(RedisQueue(redis, NOTICES), notice, NOTICES_AT_ONCE),
        Worker(RedisQueue(redis, OUTBOX), notification, each=1, owner=lane),
    )
    stack.push_async_callback(_stop, workers)
    for worker in workers:
        await worker.start()
    recover, due = keysmith.recoverer.recover, keysmith.deadline_keeper.look
    for event, task, every, after_failure in (
        ("recover_again_later", recover, RECOVER_EVERY, RECOVER_EVERY),
        ("deadlines_again_later", due, DEADLINES_EVERY, DEADLINES_EVERY),
        ("take_up_again_later", take_up, DEADLINES_EVERY, DEADLINES_EVERY),
        ("policy_watch_again_later", lint, LINT_EVERY, LINT_AGAIN),
        ("retention_again_later", keysmith.retention.look, KEEP_EVERY, KEEP_AGAIN),
    ):
        repeat_until_left(stack, event, task, every, after_failure)


async def _stop(workers: Sequence[Worker]) -> None:
    """Stop side by side: one after the other, they would take longer than a platform waits."""
    await asyncio.gather(*(worker.stop() for worker in workers))


def repeat_until_left(
    stack: AsyncExitStack, event: str, task: Task, every: float, after_failure: float
) -> None:
    """Run a task now and after each pause, in seconds, until the stack is left."""
    repeated = asyncio.create_task(_repeat(event, task, every, after_failure))
    stack.push_async_callback(end, repeated)


async def _repeat(event: str, task: Task, every: float, after_failure: float) -> None:
    """Log each failure that a run returns."""
    while True:
        try:
            failures = await task()
        except Exception as error:  # noqa: BLE001  # the loop must survive every failure
            failures = [error]
        for failure in failures:
            _log.warning(event, reason=type(failure).__name__)
        await asyncio.sleep(after_failure if failures else every)


async def _listen(keysmith: Keysmith, outside: Outside, stack: AsyncExitStack) -> None:
    settings, routes = outside.settings, list(keysmith.pages.routes())
    if settings.slack_signing_secret:
        prefix = urlsplit(settings.public_url).path
        paths = dict.fromkeys(("/slack/events", f"{prefix}/slack/events"))
        routes += [web.post(path, keysmith.gate.deliver) for path in paths]
    if settings.slack_app_token:
        client = SocketModeClient(
            settings.slack_app_token.get_secret_value(),
            web_client=AsyncWebClient(base_url=settings.slack_api_url, session=outside.session),
        )
        client.socket_mode_request_listeners.append(keysmith.socket)
        stack.push_async_callback(client.close)
        await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
    host = LOOPBACK if is_loopback(settings.public_url) else EVERYWHERE
    https = settings.public_url.startswith("https:")
    admin_host, admin_port = settings.admin_address
    for its_routes, its_host, port in (
        (routes, host, settings.port),
        (keysmith.health.routes(), admin_host, admin_port),
    ):
        try:
            runner = await keysmith.server.open(its_routes, its_host, port, https=https)
        except OSError as error:
            raise ConfigurationError(
                f"Keysmith can't listen on {its_host}:{port} (PORT or ADMIN_PORT):"
                f" {error.strerror}."
            ) from error
        stack.push_async_callback(runner.cleanup)
