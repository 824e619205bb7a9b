"""Shortcuts: ask from anywhere, and decide from a message of a request's thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.jobs import Reply
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.notifications import Posted
from bot.errors import StoreError
from bot.flows.intake import Delivery
from handlers.answers import Answers
from handlers.background import Background
from handlers.commands import ANY
from handlers.faults import failed
from handlers.gate import DELIVERY, Body
from handlers.submitting import Submissions, actor_of

ASK: Final = "request"
"""What the shortcut that works everywhere asks for; it opens the form."""
NONE_THERE: Final = "requests pending"
"""What is shown for a message that is no request's."""


class Cards(Protocol):
    """Where cards stand. May raise `StoreError`."""

    async def request_at_card(self, card: str) -> str | None:
        """The id of the request whose card stands there."""
        ...


@dataclass(frozen=True)
class Shortcuts:
    """Takes shortcuts in; their answers open modals."""

    submissions: Submissions
    answers: Answers
    cards: Cards
    background: Background

    def register(self, app: AsyncApp) -> None:
        """Listen to both kinds, and to menus, which are all filled in beforehand."""
        app.shortcut(ANY)(self.take)
        app.options(ANY)(self.options)

    async def options(self, ack: AsyncAck) -> None:
        """No menu of ours asks for its options."""
        await ack(options=[])

    async def take(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Keep what is asked, then ack."""
        actor = actor_of(body)
        reply = Reply(trigger=str(body.get("trigger_id", "")), home=True)
        outcome = await self._ask(actor, reply, body, context[DELIVERY])
        await ack()
        if outcome is not None:
            self.background.run(self.answers.tell(actor, reply, outcome))

    async def _ask(self, actor: Actor, reply: Reply, body: Body, delivery: str) -> Outcome | None:
        try:
            text = await self._text(body)
        except StoreError as error:
            return failed(error)
        return await self.submissions.text(Delivery(actor, text, reply, delivery))

    async def _text(self, body: Body) -> str:
        message, channel = body.get("message"), body.get("channel")
        if not isinstance(message, Mapping) or not isinstance(channel, Mapping):
            return ASK
        ts = str(message.get("thread_ts") or message.get("ts", ""))
        there = await self.cards.request_at_card(str(Posted(str(channel.get("id", "")), ts)))
        return f"requests {there}" if there else NONE_THERE
