"""Runs jobs after the ack: stored commands, and approved requests.

A job is an item of the jobs stream (`bot.adapters.redis.queue`), which keeps the item until
`__call__` returns.

States of a job: queued -> running -> finished, or running -> set aside until a time -> queued, or
running -> in line for a lock, without a place in its worker -> running.

Invariants
1. Apart from a cancellation, `__call__` ends only when Redis has the job's outcome, or has set the
   job aside, or has no job that is believed, or another job holds a lock that this one needs: then
   it returns what tells when to run the job again. An unreachable Redis is waited for. What this
   process can't read or sign raises `Unread`, and the job goes to another process.
2. The outcome is recorded before the person gets it. An answer that Slack does not take waits in
   the queue of answers; one with a link stays here, without a place in its worker, while Slack may
   still take it at the place of the command.
3. A person's own command fails in an outage, and the person may repeat it. An approved request does
   not: it is retried here, then set aside, for as long as `Executor.may_wait` allows.

What a crash leaves
    before or in `run`        An unfinished job; the next worker runs it again, and the flows
                              recognise their own effect (`bot.flows.keys.change`).
    in line for a lock        Likewise; the line forgets it, and its place follows from its age.
    after `set_aside`         A job that is queued and set aside; the later run of the two finds the
                              request settled.
    after `give_up`           A failed request with an unfinished job; its next run changes nothing.
    after `finish`            A finished job; its next run changes nothing and shows what it led to.
    after the answer          Likewise (`bot.flows.repeat`).
A job that has crashed its worker too often comes as `worn_out`, and fails, unless what it led to is
stored.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from bot.domain.jobs import Job
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.union import Outcome
from bot.errors import (
    KeyMissing,
    LockTaken,
    RateLimited,
    SlackError,
    StoreError,
    Unavailable,
    Unread,
)
from bot.flows.audit import AuditLog, event_of
from bot.flows.correlation import about
from bot.flows.dispatch import Dispatcher
from bot.flows.ports import Jobs, Locks
from bot.flows.requests.execute import Executor
from bot.flows.requests.follow import LOOK, followed, is_worth_waiting
from bot.flows.requests.settle import DECIDED
from bot.flows.tracing import NoTracer, Tracer
from handlers.answers import Answers, until
from handlers.faults import failed
from handlers.metrics import Metrics

_log = structlog.get_logger("keysmith.jobs")

STORE_PAUSE: Final = 1.0
"""Seconds before a job is run again when Redis did not answer."""
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0)
"""Seconds between the tries of an approved request: three minutes of an outage."""
IN_PLACE: Final = 4
"""Tries of an approved request, eight seconds, before it makes room for other jobs."""
ASIDE: Final = timedelta(minutes=1)
"""How long a job is set aside."""
TURN: Final = 0.1
"""Seconds between two looks at a lock, for each job ahead: a change at Cloudinary takes longer."""
LONGEST_LOOK: Final = 1.0
"""Seconds between two looks at most: a job that asks less often loses its place."""


async def as_it_is(job: Job) -> Job:
    """Leave a job alone that has no passphrase."""
    return job


@dataclass(frozen=True)
class JobRunner:
    """Runs a job and sends its answer."""

    jobs: Jobs
    dispatcher: Dispatcher
    executor: Executor
    answers: Answers
    audit_log: AuditLog
    metrics: Metrics
    locks: Locks
    may_begin: Callable[[], Awaitable[None]]
    """Raises `Halted` where history went back."""
    lines: dict[str, str] = field(default_factory=dict)
    """By the id of a job: the lock that it stands in line for."""
    tracer: Tracer = field(default_factory=NoTracer)
    stretched: Callable[[Job], Awaitable[Job]] = as_it_is
    """Stretches the passphrase of a job, before it runs."""
    answering: dict[str, Outcome] = field(default_factory=dict)
    """By the id of a job: its outcome, until the answer is sent or queued."""

    async def __call__(
        self, job_id: str, *, worn_out: bool
    ) -> Callable[[], Awaitable[float]] | None:
        """Run a job, again and again until Redis has its outcome; if its turn is later, tell when.

        What it returns gives the seconds until it is to be asked again; 0 when the turn has come.
        """
        with about(job_id):
            while True:
                try:
                    return await self._run_and_answer(job_id, worn_out=worn_out)
                except Unread:
                    raise
                except StoreError as error:
                    _log.warning("store_away", reason=str(error))
                    await asyncio.sleep(STORE_PAUSE)

    async def take_up(self) -> None:
        """Queue the jobs that were set aside until now."""
        await self.jobs.take_up(self.audit_log.clock.now())

    async def _run_and_answer(
        self, job_id: str, *, worn_out: bool
    ) -> Callable[[], Awaitable[float]] | None:
        await self.may_begin()
        job = await self.jobs.load(job_id)
        if job is None:
            self.answering.pop(job_id, None)
            return None
        with self.tracer.span("job", job.trace, id=job.id, action=job.action):
            return await self._run_whole(job, worn_out=worn_out)

    async def _run_whole(
        self, job: Job, *, worn_out: bool
    ) -> Callable[[], Awaitable[float]] | None:
        if known := self.answering.get(job.id):
            return await self._answer(job, known)
        try:
            outcome = await self._outcome(job, worn_out=worn_out)
        except Unread as unread:
            await self._stand_in_line(job, "")
            unread.ran = not isinstance(unread, KeyMissing)
            raise
        except LockTaken as taken:
            await self._stand_in_line(job, taken.name)
            return partial(self._seconds, job, taken.name)
        await self._stand_in_line(job, "")
        if outcome is None:
            return None
        self._seen(job, outcome)
        if job.request:
            return None  # an approved request: the outbox notifies its people
        return await self._answer(job, outcome)

    def _seen(self, job: Job, outcome: Outcome) -> None:
        """Log and count what a job led to; a finished one that runs again is no other."""
        seconds = (self.audit_log.clock.now() - job.accepted_at).total_seconds()
        _log.info(
            "shown_again" if job.finished else "done",
            action=job.action,
            outcome=outcome.kind,
            seconds=round(seconds, 3),
        )
        if not job.finished:
            self.metrics.finished(job, outcome, seconds)

    async def _stand_in_line(self, job: Job, name: str) -> None:
        """Stand in line for this lock alone, or for none."""
        former = self.lines.pop(job.id, name)
        if name:
            self.lines[job.id] = name
        if former != name:
            with contextlib.suppress(StoreError):  # the line forgets it a little later
                await self.locks.leave(former, job)

    async def _seconds(self, job: Job, name: str) -> float:
        """Give the seconds until the next look: more of them, the more jobs are ahead."""
        try:
            return min(TURN * await self.locks.ahead(name, job), LONGEST_LOOK)
        except StoreError:
            return STORE_PAUSE

    async def _answer(self, job: Job, outcome: Outcome) -> Callable[[], Awaitable[float]] | None:
        """Send or queue an answer; it stays with its job while it has a link and Slack is away.

        The answer to a request without a vote waits a moment, without a place, for its execution.
        """
        outcome = await followed(self.executor.writer.requests, outcome)
        self.answering[job.id] = outcome
        if is_worth_waiting(job, outcome, self.audit_log.clock):
            return until(LOOK)
        pause = await self.answers.send(job, outcome)
        if pause:
            return until(pause)
        del self.answering[job.id]
        return None

    async def _outcome(self, job: Job, *, worn_out: bool) -> Outcome | None:
        """Run a job, turning errors into its outcome; None where the job is set aside."""
        try:
            if worn_out and not job.request and (job.finished or job.effect.startswith(DECIDED)):
                return await self._recorded(job, Repeated())
            if worn_out:
                raise RuntimeError("the job has crashed its worker too often")  # noqa: TRY301
            return await self._run(await self.stretched(job))
        except (StoreError, LockTaken):
            raise
        except Exception as error:  # noqa: BLE001  # a worker goes on, and the person gets an answer
            if await self.executor.may_wait(job, error):
                await self.jobs.set_aside(job, self.audit_log.clock.now() + ASIDE)
                return None
            return await self._failed(job, error)

    async def _run(self, job: Job) -> Outcome:
        """Run a job; an approved request is retried in an outage."""
        for number, pause in enumerate(PAUSES if job.request else (), start=1):
            try:
                return await self.dispatcher.run(job)
            except (SlackError, RateLimited, Unavailable) as error:
                _log.warning("run_again_later", reason=type(error).__name__)
                self.metrics.retries.labels("job").inc()
                if number >= IN_PLACE and await self.executor.may_wait(job, error):
                    raise
            await asyncio.sleep(pause)
            job = await self.jobs.load(job.id) or job  # with the intent that the try may have left
        return await self.dispatcher.run(job)

    async def _failed(self, job: Job, error: Exception) -> Outcome:
        outcome = failed(error, job.id)
        self.metrics.give_ups.labels("job").inc()
        await self.dispatcher.give_up(job, outcome.fault)
        return await self._recorded(job, outcome)

    async def _recorded(self, job: Job, outcome: Outcome) -> Outcome:
        event, detail = event_of(outcome)
        entry = self.audit_log.entry(self.dispatcher.people.name(job), event, {}, detail)
        await self.jobs.finish(job, entry)
        return outcome
