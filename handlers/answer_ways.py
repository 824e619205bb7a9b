"""Tries the ways of an answer, one after the other, until Slack takes it or says when to go on.

Invariants
1. An answer ends in the log alone only where its person can't be reached at Slack at all
   (`bot.domain.answers.UNREACHABLE`), or where Slack has not taken it for a day.
2. Nothing here waits: an answer that is to be tried later goes back to who holds it.
3. A link goes to the place of the command alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot.cards.answers import Answer
from bot.cards.forms import result_view
from bot.domain.answers import PLACES, Failure, Sending, Way
from bot.domain.languages import Language
from bot.domain.people import Actor
from bot.errors import SlackAway, SlackError
from bot.flows.ports import Clock
from bot.flows.tracing import NoTracer, Tracer
from handlers.faults import failed
from handlers.home import AppHome
from handlers.metrics import Metrics
from handlers.ports import AnswerApi

_log = structlog.get_logger("keysmith.answers")


@dataclass(frozen=True)
class Ways:
    """Sends one answer at a time."""

    slack: AnswerApi
    home: AppHome
    clock: Clock
    metrics: Metrics
    language: Callable[[Actor], Language]
    tracer: Tracer = field(default_factory=NoTracer)

    async def attempt(
        self, answer: Answer, *, again: bool = False, here: bool = False
    ) -> Sending | None:
        """Try every way that is open now; return when and how to go on, or None at the end.

        `again` where an earlier process may have sent it; `here` stops before the ways that lead
        away from the place of the command, and before a shorter text, which lacks its links.
        """
        if answer.form and await self._form_opened(answer, answer.form):
            self._count("form")
            return None
        while True:
            sending = answer.sending
            elsewhere = sending.way not in PLACES or sending.short
            if sending.not_before > self.clock.now() or (here and elsewhere):
                return sending
            try:
                with self.tracer.span("answer"):
                    await self._send(answer, again=again or sending.unsure)
            except Exception as error:  # noqa: BLE001  # a bug in one way leaves the others
                further = self._after(answer, error)
                if further is None:
                    return None
                answer = answer.at(further)
            else:
                if answer.reply.home:  # after the answer: the tab takes longer than a trigger
                    self.home.draw_later(answer.actor)
                self._count(sending.way)
                _log.debug("answer_taken", way=sending.way)
                return None

    def _after(self, answer: Answer, error: Exception) -> Sending | None:
        sending, failure = answer.sending, _failure(error)
        further = sending.after(failure, answer.reply, self.clock.now())
        about = {"code": failure.code, "way": sending.way, "user": answer.actor.user_id}
        if further is None:
            self._count("given_up")
            _log.warning("answer_not_delivered", **about)
        else:
            self._count("again")
            log = _log.debug if sending.way in sending.refused else _log.info
            log("answer_not_taken", further=further.way, **about)
        return further

    def _count(self, result: str) -> None:
        self.metrics.answers.labels(result).inc()

    async def _send(self, answer: Answer, *, again: bool) -> None:
        """Send an answer by its present way. May raise `SlackError`."""
        actor, reply, message = (
            answer.actor,
            answer.reply,
            answer.shown(self.language(answer.actor)),
        )
        match answer.sending.way:
            case Way.VIEW:
                view = result_view(message, self.language(actor), ends=answer.ends)
                await self.slack.update_view(reply.view_id, view)
            case Way.MODAL:
                view = result_view(message, self.language(actor))
                await self.slack.open_view(reply.trigger, view)
            case Way.URL:
                await self.slack.respond(reply, message)
            case Way.DIRECT:
                await self.slack.direct(actor.user_id, message, mark=answer.marked, again=again)
            case Way.CHANNEL:
                await self.slack.post_ephemeral(reply, actor.user_id, message)

    async def _form_opened(self, answer: Answer, form: dict[str, object]) -> bool:
        try:
            await self.slack.open_view(answer.reply.trigger, form)
        except SlackError as error:
            _log.info("form_not_opened", code=error.code)
            return False
        return True


def _failure(error: Exception) -> Failure:
    if isinstance(error, SlackAway):
        return Failure(error.code, away=True, retry_after=error.retry_after)
    if isinstance(error, SlackError):
        return Failure(error.code, away=False)
    return Failure(failed(error).error_id, away=False)
