"""Outcome -> card -> Slack, with an opaque offer behind every button."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.cards.forms import form_view, more_needed_view, result_view
from bot.cards.kit import Message, render
from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.requests import APPROVE
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.errors import SlackError, StoreError
from handlers.home import Homes
from handlers.ports import Offers, Talk

_log = structlog.get_logger("keysmith.answers")

PATIENCE: Final = 1.0
"""Seconds that a card waits for its buttons; without them it still says what it has to."""


@dataclass(frozen=True)
class Answers:
    """Tells one person what came of it."""

    slack: Talk
    offers: Offers
    homes: Homes

    async def message(self, actor: Actor, outcome: Outcome) -> Message:
        """Draw the card and keep what its buttons offer."""
        card = card_of(outcome)
        offers = [
            Offer(actor, button.command, button.page)
            for button in card.buttons
            if not button.request_id
        ]
        try:
            async with asyncio.timeout(PATIENCE):
                return render(card, await self.offers.make(offers))
        except (StoreError, TimeoutError):
            return render(replace(card, buttons=()))

    async def tell(self, actor: Actor, reply: Reply, outcome: Outcome) -> None:
        """Send the answer; one that Slack does not take is logged, and nothing is undone."""
        try:
            if not await self._asked(actor, reply, outcome):
                await self._show(actor, reply, await self.message(actor, outcome))
        except SlackError as error:
            _log.warning("answer_not_taken", code=error.code, outcome=outcome.kind)

    async def _show(self, actor: Actor, reply: Reply, message: Message) -> None:
        """Answer where it was asked; App Home has no place for answers but a modal."""
        if not reply.home:
            return await self.slack.answer(reply, message)
        await self.homes.draw(actor)
        return await self.slack.open_view(reply.trigger, result_view(message))

    async def _asked(self, actor: Actor, reply: Reply, outcome: Outcome) -> bool:
        """Open a form for what is missing; False where nothing is, or there is no time left to."""
        incomplete = _incomplete(outcome)
        if not (incomplete and reply.trigger):
            return False
        (offer,) = await self.offers.make([Offer(actor, write(incomplete))])
        view = (
            more_needed_view(outcome, incomplete.spec, offer)
            if isinstance(outcome, MoreNeeded)
            else form_view(incomplete, offer)
        )
        try:
            await self.slack.open_view(reply.trigger, view)
        except SlackError as error:
            _log.info("form_not_opened", code=error.code)
            return False
        return True


def _incomplete(outcome: Outcome) -> Incomplete | None:
    """What a form could ask for."""
    if isinstance(outcome, MoreNeeded):
        return Incomplete(APPROVE, (("id", outcome.request.id),))
    return outcome if isinstance(outcome, Incomplete) else None
