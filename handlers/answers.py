"""Outcome -> card -> Slack, with an opaque offer behind every button.

An answer that Slack does not take at once waits in a queue of its own, so that it holds no place of
a worker (`bot.adapters.redis.answers`). One with a one-time link is never queued: its job holds it
(`handlers.job_runner`), or it goes on without its link.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.cards.answers import Answer, collectable, ends_at, linked, without_links
from bot.cards.forms import Form, form_of, form_view, is_previewed
from bot.cards.kit import Block, Card, Message, offering, render, still
from bot.cards.outcomes import card_of
from bot.cards.request_details import details_view
from bot.domain.answers import PLACES, Mark, Sending
from bot.domain.commands.fields import Ask
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.jobs import Job, Reply
from bot.domain.languages import Language
from bot.domain.offers import Offer
from bot.domain.outcomes.requests import RequestShown
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.policy import Explanation
from bot.domain.requests.machine import Request
from bot.errors import KeysmithError, SealError, StoreError
from bot.flows.correlation import new_id
from bot.flows.ports import Clock
from handlers.answer_ways import Ways
from handlers.answers_held import LATE, HeldAnswers
from handlers.background import Background
from handlers.faults import failed
from handlers.ports import AnswerQueue, Offers, Previews

_log = structlog.get_logger("keysmith.answers")

PATIENCE: Final = 1.0
"""Seconds that a card waits for its offers; then it is sent without buttons."""
PREVIEWED_WITHIN: Final = 0.6
"""Seconds that a form waits for what it would lead to; then it opens without."""
QUEUED_WITHIN: Final = 0.4
"""Seconds before an ack in which an answer is queued: two steps before it may take 2.4 of three."""
SETTLES: Final = timedelta(seconds=1)
"""After a form's ack: then Slack has surely drawn its view, which would overwrite an answer."""
SETTLED: Final = 4.0
"""Seconds in which a process that has Redis again says what it sent: two of its rounds."""

Ready = Callable[[], Awaitable[float]]
"""Tells in how many seconds to ask again; 0 when the time has come."""


@dataclass(frozen=True)
class Answers:
    """Sends outcomes to the person who ran the command."""

    ways: Ways
    offers: Offers
    queue: AnswerQueue
    background: Background
    clock: Clock
    held: HeldAnswers
    previews: Previews
    hidden: frozenset[Ask] = frozenset()
    """What no form asks for, since the account has none of it."""
    warm: Callable[[Actor, Incomplete], Coroutine[object, object, None]] | None = None
    """Reads what the menus of a form will offer."""
    sign_in_at: Callable[[Actor, Request, Language], str] | None = None
    """Gives the address at which an approver signs in; None where no one can."""

    async def message(self, actor: Actor, outcome: Outcome, *, within: float = PATIENCE) -> Message:
        """Draw the card and store the offers of its buttons."""
        return await self._render(actor, card_of(outcome), within)

    async def _render(self, actor: Actor, card: Card, within: float = PATIENCE) -> Message:
        offers = [Offer(actor, b.command, b.page, b.suspect) for b in offering([card])]
        try:
            async with asyncio.timeout(within):
                ids = await self.offers.make(offers)
        except (KeysmithError, TimeoutError):
            card, ids = still(card), []
        return render(card, ids, self.ways.language(actor))

    async def later(self, actor: Actor, reply: Reply, outcome: Outcome | None) -> None:
        """Queue an answer that is known before the ack; None where a job sends it."""
        if outcome is None:
            return
        now, mark = self.clock.now(), new_id()
        sending = _started(reply, now, now)
        try:
            async with asyncio.timeout(QUEUED_WITHIN):
                drawn = await self._drawn(actor, reply, outcome, sending, mark)
                await self.queue.put(replace(drawn, ends=False))
        except (StoreError, TimeoutError):  # it may be queued all the same: the mark tells
            self.background.run(self._hold(actor, reply, outcome, sending, mark))

    async def _hold(
        self, actor: Actor, reply: Reply, outcome: Outcome, sending: Sending, mark: str
    ) -> None:
        drawn = await self._drawn(actor, reply, outcome, sending, mark)
        self.held.hold(replace(drawn, ends=False))

    async def send(self, job: Job, outcome: Outcome) -> float:
        """Answer a job; gives the seconds after which to call again, or 0 at the end.

        May raise `StoreError`; then nothing was sent, or it is sent again.
        """
        if job.finished and await self.queue.mark(job.id):
            return 0.0  # it was queued, although a crash or a cut connection kept that from us
        now, reply = self.clock.now(), job.reply
        sending = _started(reply, job.accepted_at, now)
        ends = ends_at(outcome)
        if ends is not None and now < ends and sending.way in PLACES:
            answer = Answer(job.actor, reply, await self.message(job.actor, outcome), sending)
            further = await self.ways.attempt(answer, here=True)
            if further is None:
                return 0.0
            if further.way in PLACES and not further.short:
                _log.info("link_waits_for_slack", outcome=outcome.kind, way=further.way)
                return max((further.not_before - now).total_seconds(), 0.1)
            sending = replace(further, short=0)
        answer = await self._drawn(job.actor, reply, outcome, sending, job.id)
        rest = await self.ways.attempt(answer, again=job.finished)  # it may be there already
        if rest is not None:
            await self.queue.put(replace(answer.at(rest), form=None))
        return 0.0

    async def _drawn(
        self, actor: Actor, reply: Reply, outcome: Outcome, sending: Sending, mark: str
    ) -> Answer:
        """Draw an answer without links; what can't be drawn becomes a failure."""
        try:
            card, form = without_links(outcome), await self._form(actor, reply, outcome)
            if linked(card):
                raise TypeError("an answer that may be queued has a link")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001  # the person gets an answer whatever fails here
            card, form = card_of(failed(error)), None
        begins = collectable(actor, outcome, card)
        message = await self._render(actor, card)
        return Answer(actor, reply, message, sending, form, mark, collects=begins)

    async def _form(self, actor: Actor, reply: Reply, outcome: Outcome) -> Block | None:
        """Draw the form that asks for what is missing, or details; None where there is neither."""
        if isinstance(outcome, RequestShown) and outcome.details and reply.trigger:
            return details_view(outcome.request, self.ways.language(actor))
        form = form_of(outcome) if reply.trigger else None
        if form is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                offer = await self._offer(actor, form.incomplete)
                explained = await self._explained(actor, form)
                language = self.ways.language(actor)
                if self.warm:
                    self.background.run(self.warm(actor, form.incomplete))
                if self.sign_in_at and form.confirms:
                    at = self.sign_in_at(actor, form.confirms, language)
                    form = replace(form, sign_in=at)
                return form_view(form, offer, language, explained, self.hidden)
        except (KeysmithError, TimeoutError) as error:  # the message says the same
            _log.info("form_not_drawn", reason=type(error).__name__)
        return None

    async def _explained(self, actor: Actor, form: Form) -> Sequence[Explanation]:
        """Look ahead from what was typed; a form does not wait long for it."""
        if not is_previewed(form):
            return ()
        try:
            async with asyncio.timeout(PREVIEWED_WITHIN):
                return await self.previews.of(actor, form.incomplete)
        except (KeysmithError, TimeoutError) as error:
            _log.info("no_preview", reason=type(error).__name__)
            return ()

    async def _offer(self, actor: Actor, incomplete: Incomplete) -> str:
        (offer,) = await self.offers.make([Offer(actor, write(incomplete))])
        return offer


@dataclass(frozen=True)
class AnswerRunner:
    """Sends queued answers; an item stays in the queue until its answer has ended.

    What a crash leaves: an item, which begins again with the way that it was queued with. A direct
    message is looked for before it is sent again; an answer at the place of the command may come
    twice.
    """

    ways: Ways
    queue: AnswerQueue
    clock: Clock
    held: dict[str, Answer] = field(default_factory=dict)
    """By the id of an item: how far its answer has come in this process."""
    late: set[str] = field(default_factory=set)
    """Ids of items for which other processes were given time to say that they sent them."""

    async def __call__(
        self, item_id: str, sealed: str, *, again: bool, worn_out: bool
    ) -> Ready | None:
        """Go on with an answer; gives what tells when to call again, None at its end."""
        answer = self.held.pop(item_id, None)
        if answer is None:
            try:
                answer = self.queue.open(sealed)
            except SealError as error:  # altered: no process can read it; another key is `Unread`
                failed(error)
                return None
            waits = await self._elsewhere(item_id, answer)
            if waits is not None:
                return until(waits) if waits else None
        if worn_out:  # it may be the answer that ends its workers
            answer = answer.cut(self.ways.language(answer.actor))
        rest = await self.ways.attempt(answer, again=again)
        if rest is None:
            return None
        self.held[item_id] = replace(answer.at(rest), form=None)
        return until((rest.not_before - self.clock.now()).total_seconds())

    async def _elsewhere(self, item_id: str, answer: Answer) -> float | None:
        """Look whether a process sends it from memory: 0 if so, None if not, or when to ask again.

        An answer that was not read at once may be one that Redis took without an answer.
        """
        if item_id not in self.late and self.clock.now() - answer.sending.not_before >= LATE:
            self.late.add(item_id)
            return SETTLED
        try:
            mark = await self.queue.mark(answer.mark)
        except StoreError:
            return SETTLED
        if mark is Mark.TAKEN:
            return SETTLED
        self.late.discard(item_id)
        return 0.0 if mark in {Mark.HELD, Mark.SENT} else None


def _started(reply: Reply, since: datetime, now: datetime) -> Sending:
    """Begin with the place of the command; an answer in a modal waits for the view of the ack."""
    sending = Sending.start(reply, since, now)
    return replace(sending, not_before=max(now, since + SETTLES)) if reply.view_id else sending


def until(seconds: float) -> Ready:
    """Give what tells how many of these seconds are left."""
    loop = asyncio.get_running_loop()
    at = loop.time() + seconds

    async def left() -> float:
        return max(0.0, at - loop.time())

    return left
