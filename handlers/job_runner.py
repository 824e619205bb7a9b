"""What happens after the ack: accepted jobs carried out, answered, and never lost.

Nothing here raises into Bolt. A stopping process takes no new work and finishes what it holds;
what a killed one held, another takes over.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.domain.jobs import Job
from bot.domain.outcomes.general import Failed
from bot.domain.outcomes.union import Outcome
from bot.errors import RateLimited, SealError, SlackError, StoreError, Unavailable
from bot.flows.audit import AuditLog, event_of
from bot.flows.dispatch import Dispatcher
from bot.flows.ports import Jobs
from bot.flows.requests.execute import Executor
from handlers.answers import Answers
from handlers.faults import failed
from handlers.metrics import Metrics

_log = structlog.get_logger("keysmith.jobs")

STORE_PAUSE: Final = 1.0
"""Seconds before a job is taken up again when Redis did not answer."""
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0)
"""Seconds between the tries of an approved request: three minutes of an outage."""
IN_PLACE: Final = 4
"""Tries of an approved request, eight seconds, before it makes room for others in an outage."""
ASIDE: Final = timedelta(minutes=1)
"""Until a job that was set aside is tried again."""
VIEW_SETTLES: Final = 1.0
"""Seconds until Slack has surely drawn what a form's ack said."""


@dataclass(frozen=True)
class JobRunner:
    """Carries one job out and tells its person."""

    jobs: Jobs
    dispatcher: Dispatcher
    executor: Executor
    answers: Answers
    audit_log: AuditLog
    metrics: Metrics

    async def __call__(self, job_id: str, *, worn_out: bool) -> None:
        """Carry a job out, again and again until Redis has kept what came of it."""
        while True:
            try:
                return await self._carry_out(job_id, worn_out=worn_out)
            except StoreError:
                _log.warning("store_away", job=job_id)
                await asyncio.sleep(STORE_PAUSE)

    async def _carry_out(self, job_id: str, *, worn_out: bool) -> None:
        job = await self._loaded(job_id)
        if job is None:
            return
        outcome = await self._outcome(job, worn_out=worn_out)
        if outcome is None:
            return
        self.metrics.count(outcome)
        if not job.reply:
            return  # nobody waits: the outbox tells
        await self._settled(job)
        try:
            await self.answers.tell(job.actor, job.reply, outcome)
        except Exception as error:  # noqa: BLE001  # it is done and on the record; told or not
            failed(error, job.id)

    async def _loaded(self, job_id: str) -> Job | None:
        try:
            return await self.jobs.load(job_id)
        except SealError as error:  # its reply can't be opened any more: nobody can be told
            failed(error, job_id)
            return None

    async def _settled(self, job: Job) -> None:
        """Let a modal show that work began: the ack that says so must not come last."""
        if job.reply.view_id:
            since = (self.audit_log.clock.now() - job.accepted_at).total_seconds()
            await asyncio.sleep(max(0.0, VIEW_SETTLES - since))

    async def take_up(self) -> None:
        """Try again what was set aside, where its time has come."""
        await self.jobs.take_up(self.audit_log.clock.now())

    async def _outcome(self, job: Job, *, worn_out: bool) -> Outcome | None:
        try:
            if worn_out:
                raise RuntimeError("the errand was taken up too often")  # noqa: TRY301
            return await self._run(job)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # nothing may end a worker, everything is told
            if await self.executor.may_wait(job, error):
                await self._set_aside(job)
                return None
            return await self._failed(job, error)

    async def _run(self, job: Job) -> Outcome:
        """Run it; what was agreed to is not given up because of an outage."""
        for number, pause in enumerate(PAUSES if job.request else (), start=1):
            try:
                return await self.dispatcher.run(job)
            except (SlackError, RateLimited, Unavailable) as error:
                _log.warning("run_again_later", job=job.id, reason=type(error).__name__)
                if number >= IN_PLACE and await self.executor.may_wait(job, error):
                    raise
            await asyncio.sleep(pause)
            job = await self.jobs.load(job.id) or job  # with what was begun
        return await self.dispatcher.run(job)

    async def _set_aside(self, job: Job) -> None:
        """Leave it for later; nobody is told, for nothing has come of it."""
        await self.jobs.set_aside(job, self.audit_log.clock.now() + ASIDE)

    async def _failed(self, job: Job, error: Exception) -> Failed:
        outcome = failed(error, job.id)
        await self.executor.give_up(job)
        event, detail = event_of(outcome)
        await self.jobs.finish(job, self.audit_log.entry(job, event, {}, detail))
        return outcome
