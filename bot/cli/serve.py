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
from redis.asyncio import Redis

from bot.adapters.calls import open_session
from bot.adapters.logs import configure
from bot.adapters.redis.connection import Use
from bot.adapters.redis.key_watch import KeyWatch
from bot.adapters.redis.names import (
    ANSWERS,
    HOMES,
    JOBS,
    JOBS_RESERVED,
    NOTICES,
    OUTBOX,
    OUTBOX_SECURITY,
    PRESSES,
)
from bot.adapters.redis.presence import ANNOUNCE_EVERY, Presence, this_process
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.redis.queue_ages import QueueAges
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.worker import Ready, Worker
from bot.adapters.tasks import end
from bot.adapters.traces import tracing
from bot.app import Front, Keysmith, build, open_redis
from bot.checks import open_examination
from bot.cli import Subparsers
from bot.cli.listen import listen_for_slack, open_admin
from bot.cli.mode import keep_mode
from bot.cli.starting import Reaching
from bot.cli.stopping import Stopping, cut_later, repeat
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.ports import Clock
from bot.outside import Outside
from bot.settings import PROCESSES, Settings, read_settings

_log = structlog.get_logger("keysmith.serving")

RECOVER_EVERY: Final = 10.0
"""Seconds between two searches for links left half open, and for keys due to be compared."""
HISTORY_EVERY: Final = 1.0  # seconds between two looks at the end of the audit log
LEAKS_EVERY: Final = 0.5  # a key that leaked is to be stopped within ten
DEADLINES_EVERY: Final = 1.0
"""Seconds between two searches for jobs and requests that are due, and for timers that are gone."""
DAY: Final = 86_400.0
"""Seconds between two lints of the policy, and between two looks for what is older than `KEEP`."""
DAY_AGAIN: Final = 900.0  # seconds until the next of them after a failure
RESERVED_AT_ONCE: Final = 8
"""Jobs of the reserved lane that run at the same time: they are few, and each is short."""
NOTICES_AT_ONCE: Final = 2
"""Notices sent concurrently: an emergency's own waits behind so many for Slack's pace."""
ANNOUNCE_AGAIN: Final = 1.0  # seconds until keys are announced again after Redis was away
LIST_EVERY: Final = 1800.0
"""Seconds between two readings of the workspace's members; events report changes between them."""
ASKED: Final = 60.0
"""Seconds between two looks at the token, at the record of the mode, and at the readiness."""
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
        if settings.has_account:
            await reaching.until_answered("Redis", mode_kept)
        if outside.permissions and settings.has_account:  # Redis may lose the record
            repeat(stopping, "mode_again_later", partial(mode_kept, again=True), asked, asked)
        repeat(stopping, "directory_again_later", keysmith.directory.fill, LIST_EVERY, LIST_AGAIN)
        repeat(stopping, "slack_asked_again_later", partial(_ask, outside), asked, asked)
        repeat(stopping, "readiness_again_later", keysmith.readiness.look, asked, asked)
        stopping.add_last(keysmith.background.drain)
        stopping.add(keysmith.held.drain)
        stopping.add_after_all(keysmith.held.close)
        if Part.WORKER in parts:
            await _work(keysmith, redis, stopping, asked)
        else:
            await _start(stopping, _answering(keysmith, redis))
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


STREAMS: Final = (JOBS_RESERVED, JOBS, OUTBOX_SECURITY, NOTICES, OUTBOX, PRESSES, HOMES, ANSWERS)
"""What a worker reads."""


def person(item: Item) -> str:
    """Whose job it is; a former version stored none, and such a job shares with no other."""
    return item.fields.get("by", item.id)


def lane(item: Item) -> str:
    """What keeps its order among notifications; one that Slack holds up delays no other lane."""
    return read_notification(item.fields).lane


async def _work(keysmith: Keysmith, redis: Redis, stopping: Stopping, asked: float) -> None:
    history, homes = keysmith.ledger.history, keysmith.answer_runner.ways.home

    async def job(item: Item) -> Ready | None:
        return await keysmith.runner(item.field("id"), worn_out=item.worn_out)

    async def notice(item: Item) -> Ready | None:
        text, by = item.field("text"), item.field("by")
        return await keysmith.notices(item.id, text, by, again=item.again, worn_out=item.worn_out)

    async def notification(item: Item) -> Ready | None:
        read = read_notification(item.fields)
        if item.worn_out:
            return await keysmith.notices.left_out(item.id, read)
        return await keysmith.outbox(item.id, read, again=item.again)

    async def press(item: Item) -> None:
        await keysmith.presses(item.field("id"), item.field("since"), item.field("trace"))

    async def home(item: Item) -> None:
        await homes.draw(Actor.parse(item.field("by")), opened=item.field("opened") == "1")

    async def take_up() -> Sequence[Exception]:
        await keysmith.runner.take_up()
        return ()

    async def lint() -> Sequence[Exception]:
        await keysmith.policy_watch.look()
        return ()

    start = partial(Worker, tell=keysmith.signed.unread.tell_of_item, may=history.may)
    workers = (
        start(RedisQueue(redis, JOBS_RESERVED), job, RESERVED_AT_ONCE, owner=person),
        start(RedisQueue(redis, JOBS), job, owner=person),
        start(RedisQueue(redis, OUTBOX_SECURITY), notification, NOTICES_AT_ONCE),
        start(RedisQueue(redis, NOTICES), notice, NOTICES_AT_ONCE),
        start(RedisQueue(redis, OUTBOX), notification, each=1, owner=lane),
        start(RedisQueue(redis, PRESSES), press),
        start(RedisQueue(redis, HOMES), home, owner=person),
        _answering(keysmith, redis),
    )
    keysmith.readiness.add("queues", QueueAges(redis, STREAMS).look)
    await _start(stopping, *workers)
    flows, guard, due = keysmith.flows, history.guard, keysmith.flows.deadline_keeper.look
    for event, task, every, after_failure in (
        ("recover_again_later", guard(keysmith.recoverer.recover), RECOVER_EVERY, RECOVER_EVERY),
        ("visits_again_later", guard(keysmith.visit_watch.look), asked, asked),
        ("deadlines_again_later", guard(due), DEADLINES_EVERY, DEADLINES_EVERY),
        ("leaks_again_later", guard(flows.leak_keeper.look), LEAKS_EVERY, LEAKS_EVERY),
        ("compare_again_later", guard(flows.reconciler.look), RECOVER_EVERY, RECOVER_EVERY),
        ("links_again_later", guard(flows.link_keeper.look), asked, asked),
        ("schedules_again_later", guard(flows.schedule_keeper.look), asked, asked),
        ("timers_again_later", guard(keysmith.overlooked.look), DEADLINES_EVERY, ASKED),
        ("take_up_again_later", guard(take_up), DEADLINES_EVERY, DEADLINES_EVERY),
        ("reports_again_later", guard(keysmith.weekly_keeper.look), asked, asked),
        ("reviews_again_later", guard(flows.review_keeper.look), asked, asked),
        ("policy_watch_again_later", lint, DAY, DAY_AGAIN),
        ("retention_again_later", guard(keysmith.retention.look), DAY, DAY_AGAIN),
    ):
        repeat(stopping, event, task, every, after_failure)


def _answering(keysmith: Keysmith, redis: Redis) -> Worker:
    """Build what sends queued answers: in each process, so that a press waits for no worker.

    It goes on in a halt: an answer tells what was done before, and changes nothing.
    """

    async def answer(item: Item) -> Ready | None:
        sealed, again, worn_out = item.field("answer"), item.again, item.worn_out
        return await keysmith.answer_runner(item.id, sealed, again=again, worn_out=worn_out)

    return Worker(
        RedisQueue(redis, ANSWERS), answer, owner=person, tell=keysmith.signed.unread.tell_of_item
    )


async def _start(stopping: Stopping, *workers: Worker) -> None:
    """Start workers; they stop with the process."""
    for worker in workers:
        stopping.add(worker.stop)
        await worker.start()
