"""What happens after the ack: accepted errands carried out, answered, and never lost.

Nothing here raises into Bolt. A stopping process takes no new work and finishes what it holds;
what a killed one held, another takes over.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.domain.errands import Errand
from bot.domain.outcomes import Failed, Outcome
from bot.errors import RateLimited, SealError, SlackError, StoreError, Unavailable
from bot.flows.audit import Scribe, deed_of
from bot.flows.dispatch import Dispatcher
from bot.flows.ports import Errands
from bot.flows.requests.execute import Executor
from handlers.answers import Answers
from handlers.faults import failed
from handlers.metrics import Metrics

_log = structlog.get_logger("keysmith.errands")

STORE_PAUSE: Final = 1.0
"""Seconds before an errand is taken up again when Redis did not answer."""
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0)
"""Seconds between the tries of an approved request: three minutes of an outage."""
IN_PLACE: Final = 4
"""Tries of an approved request, eight seconds, before it makes room for others in an outage."""
ASIDE: Final = timedelta(minutes=1)
"""Until an errand that was set aside is tried again."""
VIEW_SETTLES: Final = 1.0
"""Seconds until Slack has surely drawn what a form's ack said."""


@dataclass(frozen=True)
class ErrandRunner:
    """Carries one errand out and tells its person."""

    errands: Errands
    dispatcher: Dispatcher
    executor: Executor
    answers: Answers
    scribe: Scribe
    metrics: Metrics

    async def __call__(self, errand_id: str, *, worn_out: bool) -> None:
        """Carry an errand out, again and again until Redis has kept what came of it."""
        while True:
            try:
                return await self._carry_out(errand_id, worn_out=worn_out)
            except StoreError:
                _log.warning("store_away", errand=errand_id)
                await asyncio.sleep(STORE_PAUSE)

    async def _carry_out(self, errand_id: str, *, worn_out: bool) -> None:
        errand = await self._loaded(errand_id)
        if errand is None:
            return
        outcome = await self._outcome(errand, worn_out=worn_out)
        if outcome is None:
            return
        self.metrics.count(outcome)
        if not errand.reply:
            return  # nobody waits: the outbox tells
        await self._settled(errand)
        try:
            await self.answers.tell(errand.actor, errand.reply, outcome)
        except Exception as error:  # noqa: BLE001  # it is done and on the record; told or not
            failed(error, errand.id)

    async def _loaded(self, errand_id: str) -> Errand | None:
        try:
            return await self.errands.load(errand_id)
        except SealError as error:  # its reply can't be opened any more: nobody can be told
            failed(error, errand_id)
            return None

    async def _settled(self, errand: Errand) -> None:
        """Let a modal show that work began: the ack that says so must not come last."""
        if errand.reply.view_id:
            since = (self.scribe.clock.now() - errand.accepted_at).total_seconds()
            await asyncio.sleep(max(0.0, VIEW_SETTLES - since))

    async def take_up(self) -> None:
        """Try again what was set aside, where its time has come."""
        await self.errands.take_up(self.scribe.clock.now())

    async def _outcome(self, errand: Errand, *, worn_out: bool) -> Outcome | None:
        try:
            if worn_out:
                raise RuntimeError("the errand was taken up too often")  # noqa: TRY301
            return await self._run(errand)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # nothing may end a worker, everything is told
            if await self.executor.may_wait(errand, error):
                await self._set_aside(errand)
                return None
            return await self._failed(errand, error)

    async def _run(self, errand: Errand) -> Outcome:
        """Run it; what was agreed to is not given up because of an outage."""
        for number, pause in enumerate(PAUSES if errand.request else (), start=1):
            try:
                return await self.dispatcher.run(errand)
            except (SlackError, RateLimited, Unavailable) as error:
                _log.warning("run_again_later", errand=errand.id, why=type(error).__name__)
                if number >= IN_PLACE and await self.executor.may_wait(errand, error):
                    raise
            await asyncio.sleep(pause)
            errand = await self.errands.load(errand.id) or errand  # with what was begun
        return await self.dispatcher.run(errand)

    async def _set_aside(self, errand: Errand) -> None:
        """Leave it for later; nobody is told, for nothing has come of it."""
        await self.errands.set_aside(errand, self.scribe.clock.now() + ASIDE)

    async def _failed(self, errand: Errand, error: Exception) -> Failed:
        outcome = failed(error, errand.id)
        await self.executor.give_up(errand)
        deed, detail = deed_of(outcome)
        await self.errands.finish(errand, self.scribe.entry(errand, deed, {}, detail))
        return outcome
