"""What a worker does: it reads the streams, and looks at what is due."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from redis.asyncio import Redis

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
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.redis.queue_ages import QueueAges
from bot.adapters.redis.requests import read_notification
from bot.adapters.redis.worker import Ready, Worker
from bot.app import Keysmith
from bot.cli.stopping import Stopping, Task, repeat
from bot.domain.people import Actor

RECOVER_EVERY: Final = 10.0
"""Seconds between two searches for links left half open, and for keys due to be compared."""
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
ASKED: Final = 60.0
"""Seconds between two looks at the token, at the record of the mode, and at the readiness."""

STREAMS: Final = (JOBS_RESERVED, JOBS, OUTBOX_SECURITY, NOTICES, OUTBOX, PRESSES, HOMES, ANSWERS)
"""What a worker reads."""


def person(item: Item) -> str:
    """Whose job it is; a former version stored none, and such a job shares with no other."""
    return item.fields.get("by", item.id)


def lane(item: Item) -> str:
    """What keeps its order among notifications; one that Slack holds up delays no other lane."""
    return read_notification(item.fields).lane


async def work(keysmith: Keysmith, redis: Redis, stopping: Stopping, asked: float) -> None:
    """Do what a worker does until the process stops; `asked` is the seconds between rare looks."""
    keysmith.readiness.add("queues", QueueAges(redis, STREAMS).look)
    await start(stopping, *_workers(keysmith, redis))
    for event, task, every, after_failure in _timers(keysmith, asked):
        repeat(stopping, event, task, every, after_failure)


def _workers(keysmith: Keysmith, redis: Redis) -> tuple[Worker, ...]:
    """Build what reads each stream."""
    homes = keysmith.answer_runner.ways.home

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

    opened = partial(
        Worker, tell=keysmith.signed.unread.tell_of_item, may=keysmith.ledger.history.may
    )
    return (
        opened(RedisQueue(redis, JOBS_RESERVED), job, RESERVED_AT_ONCE, owner=person),
        opened(RedisQueue(redis, JOBS), job, owner=person),
        opened(RedisQueue(redis, OUTBOX_SECURITY), notification, NOTICES_AT_ONCE),
        opened(RedisQueue(redis, NOTICES), notice, NOTICES_AT_ONCE),
        opened(RedisQueue(redis, OUTBOX), notification, each=1, owner=lane),
        opened(RedisQueue(redis, PRESSES), press),
        opened(RedisQueue(redis, HOMES), home, owner=person),
        answering(keysmith, redis),
    )


def _timers(keysmith: Keysmith, asked: float) -> tuple[tuple[str, Task, float, float], ...]:
    """List what a worker looks for: its event, and the seconds between two looks."""

    async def take_up() -> Sequence[Exception]:
        await keysmith.runner.take_up()
        return ()

    async def lint() -> Sequence[Exception]:
        await keysmith.policy_watch.look()
        return ()

    flows, guard = keysmith.flows, keysmith.ledger.history.guard
    due = flows.deadline_keeper.look
    return (
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
    )


def answering(keysmith: Keysmith, redis: Redis) -> Worker:
    """Build what sends queued answers: in each process, so that a press waits for no worker.

    It goes on in a halt: an answer tells what was done before, and changes nothing.
    """

    async def answer(item: Item) -> Ready | None:
        sealed, again, worn_out = item.field("answer"), item.again, item.worn_out
        return await keysmith.answer_runner(item.id, sealed, again=again, worn_out=worn_out)

    return Worker(
        RedisQueue(redis, ANSWERS), answer, owner=person, tell=keysmith.signed.unread.tell_of_item
    )


async def start(stopping: Stopping, *workers: Worker) -> None:
    """Start workers; they stop with the process."""
    for worker in workers:
        stopping.add(worker.stop)
        await worker.start()
