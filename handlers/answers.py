"""Outcome -> card -> Slack, with an opaque offer behind every button.

An answer that Slack does not take at once waits in a queue of its own, so that it holds no place of
a worker (`bot.adapters.redis.answers`). One with a one-time link is never queued: its job holds it
(`handlers.job_runner`), or it goes on without its link.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.cards.answers import Answer, ends_at, linked, without_links
from bot.cards.forms import form_view, more_needed_view
from bot.cards.kit import Block, Card, Message, offering, render
from bot.cards.outcomes import card_of
from bot.domain.answers import KEPT_FOR, PLACES, Sending
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.requests import APPROVE
from bot.domain.jobs import Job, Reply
from bot.domain.offers import Offer
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.errors import KeysmithError, SealError, StoreError
from bot.flows.ports import Clock
from handlers.answer_ways import Ways
from handlers.background import Background
from handlers.faults import failed
from handlers.ports import AnswerQueue, Offers

_log = structlog.get_logger("keysmith.answers")

PATIENCE: Final = 1.0
"""Seconds that a card waits for its offers; then it is sent without buttons."""
QUEUED_WITHIN: Final = 0.4
"""Seconds before an ack in which an answer is queued: two steps before it may take 2.4 of three."""
SETTLES: Final = timedelta(seconds=1)
"""After a form's ack: then Slack has surely drawn its view, which would overwrite an answer."""
DIRECT_TRIES: Final = 5
"""Tries from memory while Redis does not take an answer."""
LONGEST_PAUSE: Final = 2.0
"""Seconds between two of them: a stopping process waits five for all."""
UNREAD_PAUSE: Final = 60.0
"""Seconds until an answer is looked at again that another key sealed."""

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

    async def message(self, actor: Actor, outcome: Outcome) -> Message:
        """Draw the card and store the offers of its buttons."""
        return await self._render(actor, card_of(outcome))

    async def _render(self, actor: Actor, card: Card) -> Message:
        offers = [Offer(actor, button.command, button.page) for button in offering([card])]
        try:
            async with asyncio.timeout(PATIENCE):
                return render(card, await self.offers.make(offers))
        except (KeysmithError, TimeoutError):
            return render(replace(card, buttons=()))

    async def later(self, actor: Actor, reply: Reply, outcome: Outcome | None) -> None:
        """Queue an answer that is known before the ack; None where a job sends it."""
        if outcome is None:
            return
        now = self.clock.now()
        sending = Sending.start(reply, now, now)
        try:
            async with asyncio.timeout(QUEUED_WITHIN):
                await self.queue.put(await self._drawn(actor, reply, outcome, sending))
        except (StoreError, TimeoutError):
            self.background.run(self._from_memory(actor, reply, outcome, sending))

    async def send(self, job: Job, outcome: Outcome) -> float:
        """Answer a job; gives the seconds after which to call again, or 0 at the end.

        May raise `StoreError`; then nothing was sent, or it is sent again.
        """
        now, reply = self.clock.now(), job.reply
        sending = Sending.start(reply, job.accepted_at, now)
        if reply.view_id:
            sending = replace(sending, not_before=max(now, job.accepted_at + SETTLES))
        ends = ends_at(outcome)
        if ends is not None and now < ends and sending.way in PLACES:
            answer = Answer(job.actor, reply, await self.message(job.actor, outcome), sending)
            further = await self.ways.attempt(answer, job.id, here=True)
            if further is None:
                return 0.0
            if further.way in PLACES:
                _log.info("link_waits_for_slack", outcome=outcome.kind, way=further.way)
                return max((further.not_before - now).total_seconds(), 0.1)
            sending = further
        answer = await self._drawn(job.actor, reply, outcome, sending)
        rest = await self.ways.attempt(answer, job.id)
        if rest is not None:
            await self.queue.put(replace(answer.at(rest), form=None))
        return 0.0

    async def _drawn(
        self, actor: Actor, reply: Reply, outcome: Outcome, sending: Sending
    ) -> Answer:
        """Draw an answer without links; what can't be drawn becomes a failure."""
        try:
            card, form = without_links(outcome), await self._form(actor, reply, outcome)
            if linked(card):
                raise TypeError("an answer that may be queued has a link")  # noqa: TRY301
        except (StoreError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001  # the person gets an answer whatever fails here
            card, form = card_of(failed(error)), None
        return Answer(actor, reply, await self._render(actor, card), sending, form)

    async def _form(self, actor: Actor, reply: Reply, outcome: Outcome) -> Block | None:
        """Draw the form that asks for what is missing; None where nothing is."""
        if not reply.trigger:
            return None
        try:
            if isinstance(outcome, Incomplete):
                return form_view(outcome, await self._offer(actor, outcome))
            if isinstance(outcome, MoreNeeded):
                approve = Incomplete(APPROVE, (("id", outcome.request.id),))
                return more_needed_view(outcome, APPROVE, await self._offer(actor, approve))
        except KeysmithError as error:  # the message says the same
            _log.info("form_not_drawn", reason=type(error).__name__)
        return None

    async def _offer(self, actor: Actor, incomplete: Incomplete) -> str:
        (offer,) = await self.offers.make([Offer(actor, write(incomplete))])
        return offer

    async def _from_memory(
        self, actor: Actor, reply: Reply, outcome: Outcome, sending: Sending
    ) -> None:
        """Send an answer that Redis did not take; queue the rest when Redis is back."""
        answer = await self._drawn(actor, reply, outcome, sending)
        for _ in range(DIRECT_TRIES):
            rest = await self.ways.attempt(answer, "")
            if rest is None:
                return
            answer = replace(answer.at(rest), form=None)
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.queue.put(answer)
            except (StoreError, TimeoutError):
                wait = (rest.not_before - self.clock.now()).total_seconds()
                await asyncio.sleep(min(max(wait, 0.0), LONGEST_PAUSE))
            else:
                return
        _log.error("answer_lost", reason="redis_and_slack_away", user=actor.user_id)


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

    async def __call__(
        self, item_id: str, sealed: str, *, again: bool, worn_out: bool
    ) -> Ready | None:
        """Go on with an answer; gives what tells when to call again, None at its end."""
        try:
            answer = self.held.pop(item_id, None) or self.queue.open(sealed)
        except SealError as error:
            return self._unread(item_id, error)
        if worn_out:  # it may be the answer that ends its workers
            answer = replace(answer.at(replace(answer.sending, short=True)), form=None)
        rest = await self.ways.attempt(answer, item_id, again=again)
        if rest is None:
            return None
        self.held[item_id] = replace(answer.at(rest), form=None)
        return until((rest.not_before - self.clock.now()).total_seconds())

    def _unread(self, item_id: str, error: SealError) -> Ready | None:
        """Leave an item to a process with its key, for as long as an answer is kept."""
        age = self.clock.now().timestamp() - int(item_id.partition("-")[0]) / 1000
        _log.warning("answer_not_read", item=item_id, reason=str(error))
        return until(UNREAD_PAUSE) if age < KEPT_FOR.total_seconds() else None


def until(seconds: float) -> Ready:
    """Give what tells how many of these seconds are left."""
    loop = asyncio.get_running_loop()
    at = loop.time() + seconds

    async def left() -> float:
        return max(0.0, at - loop.time())

    return left
