"""`web`, `worker`, or both in one process: start, serve, drain, stop."""

import argparse
import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from enum import Flag, auto
from functools import partial
from typing import Final

import structlog

from bot.adapters.calls import open_session
from bot.adapters.logs import configure
from bot.adapters.redis.connection import Use
from bot.adapters.redis.key_watch import KeyWatch
from bot.adapters.redis.presence import ANNOUNCE_EVERY, Presence, this_process
from bot.adapters.redis.signed import Signed
from bot.adapters.tasks import end
from bot.adapters.traces import tracing
from bot.app import Front, Keysmith, build, open_redis
from bot.checks import open_examination
from bot.cli import Subparsers
from bot.cli.listen import listen_for_slack, open_admin
from bot.cli.mode import keep_mode
from bot.cli.starting import Reaching
from bot.cli.stopping import Stopping, cut_later, repeat
from bot.cli.work import ASKED, answering, start, work
from bot.errors import StoreError
from bot.flows.ports import Clock
from bot.outside import Outside
from bot.settings import PROCESSES, Settings, read_settings

_log = structlog.get_logger("keysmith.serving")

HISTORY_EVERY: Final = 1.0  # seconds between two looks at the end of the audit log
ANNOUNCE_AGAIN: Final = 1.0  # seconds until keys are announced again after Redis was away
LIST_EVERY: Final = 1800.0
"""Seconds between two readings of the workspace's members; events report changes between them."""
LIST_AGAIN: Final = 60.0  # seconds until the next reading after Slack did not answer


class Part(Flag):
    """What a process does."""

    WEB = auto()
    WORKER = auto()


DEFAULT: Final = "all"  # the subcommand of a command line that has none
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
    """Serve until SIGTERM or SIGINT; a start that waits for a service ends at once."""
    parts = PARTS[arguments.command][0]
    settings = read_settings(PROCESSES.get(arguments.command, Settings))
    configure(settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        start = asyncio.create_task(_enter(stack, serving(settings, parts)))
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait((start, asked), return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            await start
            await asked
        cut_later()
        await end(start)
    return 0


async def _enter(stack: AsyncExitStack, block: AbstractAsyncContextManager[object]) -> None:
    await stack.enter_async_context(block)


@asynccontextmanager
async def serving(
    settings: Settings, parts: Part, clock: Clock | None = None, *, asked: float = ASKED
) -> AsyncIterator[Keysmith]:
    """Serve for as long as the block lasts; on leaving, finish the work that has begun."""
    async with AsyncExitStack() as stack:
        tracer = await stack.enter_async_context(tracing(os.environ))
        front, stopping = Front(tracer=tracer), Stopping()
        admin = await open_admin(front, settings, stack)
        opened = open_session(front.health.metrics.calls.called, tracer)
        session = await stack.enter_async_context(opened)
        redis = await stack.enter_async_context(open_redis(settings, Use.SERVE))
        reaching = Reaching(front.health.awaited)
        outside = await reaching.outside(settings, session, redis, clock)
        outside = replace(outside, examiner=open_examination(settings, session, {}))
        keysmith = build(outside, redis, front)
        stack.push_async_callback(stopping.stop)  # a refused start ends its tasks too
        await _watch_history(keysmith, stopping)
        await _watch_keys(keysmith, parts, outside.clock, stopping)
        await _report_cut(keysmith.signed, outside.clock)
        mode_kept = partial(keep_mode, keysmith.permissions, outside)
        await reaching.until_answered("Redis", mode_kept)
        if outside.permissions:  # Redis may lose the record
            repeat(stopping, "mode_again_later", partial(mode_kept, again=True), asked, asked)
        repeat(stopping, "directory_again_later", keysmith.directory.fill, LIST_EVERY, LIST_AGAIN)
        repeat(stopping, "slack_asked_again_later", partial(_ask, outside), asked, asked)
        repeat(stopping, "readiness_again_later", keysmith.readiness.look, asked, asked)
        stopping.add_last(keysmith.background.drain)
        stopping.add(keysmith.held.drain)
        stopping.add_after_all(keysmith.held.close)
        if Part.WORKER in parts:
            await work(keysmith, redis, stopping, asked)
        else:
            await start(stopping, answering(keysmith, redis))
        if Part.WEB in parts:
            await listen_for_slack(keysmith, outside, front, reaching, stopping)
        front.health.serving = True
        port = {"port": settings.port} if Part.WEB in parts else {}
        mode = "permissions_api" if outside.permissions else "fixed_roles"
        _log.info(
            "ready", parts=_names(parts), admin=admin, team=outside.team.id, rights_by=mode, **port
        )
        if not settings.has_account:
            _log.info("without_account_key", cloudinary="workers call it for this process")
        yield keysmith


async def _ask(outside: Outside) -> Sequence[Exception]:
    await outside.slack.workspace()
    return ()


async def _watch_history(keysmith: Keysmith, stopping: Stopping) -> None:
    """Look before the first step, and each second."""
    watch = keysmith.history_watch
    await watch.begin()
    stopping.add(watch.end)
    repeat(stopping, "history_again_later", watch.look, HISTORY_EVERY, HISTORY_EVERY)


def _names(parts: Part) -> str:
    return ", ".join(part.name.lower() for part in Part if part in parts and part.name)


async def _watch_keys(keysmith: Keysmith, parts: Part, clock: Clock, stopping: Stopping) -> None:
    """Learn which key signs, and announce the keys of this process for as long as it runs."""
    signing = keysmith.ledger.signing
    announced = this_process(_names(parts), signing.keyring.ids, clock.now())
    presence = Presence(keysmith.signed.store, announced, works=Part.WORKER in parts)
    watch = KeyWatch(signing, presence)
    await watch.start()
    stopping.add(watch.leave)
    repeat(stopping, "keys_again_later", watch.look, ANNOUNCE_EVERY, ANNOUNCE_AGAIN)
    keysmith.readiness.add("Keys", watch.reason)


async def _report_cut(signed: Signed, clock: Clock) -> None:
    """Tell security at once if the start of the audit log is gone."""
    try:
        await signed.report_cut(clock.now())
    except StoreError as error:  # every effect meets it again, and stops
        _log.warning("audit_log_not_read", error=str(error))
