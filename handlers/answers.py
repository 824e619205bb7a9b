"""Outcome -> card -> Slack, with an opaque offer behind every button."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.cards.forms import form_view, more_needed_view, result_view
from bot.cards.kit import Message, offering, render
from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.requests import APPROVE
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.errors import SlackError, StoreError
from handlers.background import Background
from handlers.home import AppHome
from handlers.ports import Offers, SlackApi
from handlers.seeing import Seeing

_log = structlog.get_logger("keysmith.answers")

PATIENCE: Final = 1.0
"""Seconds that a card waits for its offers; then it is sent without buttons."""


@dataclass(frozen=True)
class Answers:
    """Sends outcomes to the person who ran the command."""

    slack: SlackApi
    offers: Offers
    home: AppHome
    background: Background
    seeing: Seeing

    async def message(self, actor: Actor, outcome: Outcome) -> Message:
        """Draw the card and store the offers of its buttons."""
        card = card_of(outcome)
        offers = [Offer(actor, button.command, button.page) for button in offering([card])]
        try:
            async with asyncio.timeout(PATIENCE):
                return render(card, await self.offers.make(offers))
        except (StoreError, TimeoutError):
            return render(replace(card, buttons=()))

    def send_later(self, actor: Actor, reply: Reply, outcome: Outcome | None) -> None:
        """Send an answer after the ack; None where a job sends it."""
        if outcome is not None:
            self.background.run(self.send(actor, reply, outcome))

    async def send(self, actor: Actor, reply: Reply, outcome: Outcome) -> None:
        """Send an answer; a refusal by Slack is logged, and nothing is undone."""
        try:
            with self.seeing.tracer.span("answer"):
                if not await self._form_opened(actor, reply, outcome):
                    await self._show(actor, reply, await self.message(actor, outcome))
        except SlackError as error:
            self.seeing.metrics.answers.labels("refused").inc()
            _log.warning("answer_not_taken", code=error.code, outcome=outcome.kind)
        else:
            self.seeing.metrics.answers.labels("taken").inc()
            _log.debug("answer_taken", outcome=outcome.kind)

    async def _show(self, actor: Actor, reply: Reply, message: Message) -> None:
        """Answer at the place of the command; App Home can only show an answer in a modal."""
        if not reply.home:
            return await self.slack.answer(reply, message)
        await self.home.draw(actor)
        return await self.slack.open_view(reply.trigger, result_view(message))

    async def _form_opened(self, actor: Actor, reply: Reply, outcome: Outcome) -> bool:
        """Open a form for what is missing; False where nothing is, or Slack's trigger expired."""
        if not (reply.trigger and isinstance(outcome, Incomplete | MoreNeeded)):
            return False
        if isinstance(outcome, Incomplete):
            view = form_view(outcome, await self._offer(actor, outcome))
        else:
            approve = Incomplete(APPROVE, (("id", outcome.request.id),))
            view = more_needed_view(outcome, APPROVE, await self._offer(actor, approve))
        try:
            await self.slack.open_view(reply.trigger, view)
        except SlackError as error:
            _log.info("form_not_opened", code=error.code)
            return False
        return True

    async def _offer(self, actor: Actor, incomplete: Incomplete) -> str:
        (offer,) = await self.offers.make([Offer(actor, write(incomplete))])
        return offer
