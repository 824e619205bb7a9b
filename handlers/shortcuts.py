"""Shortcuts: open the request form from anywhere, or a request from a message of its thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.jobs import Reply
from bot.domain.outcomes.leaks import NoPairFound
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.notifications import Posted
from bot.errors import StoreError
from bot.flows.intake import Delivery
from bot.flows.leaks.report import written
from handlers.answers import Answers
from handlers.faults import failed
from handlers.gate import ACTOR, DELIVERY
from handlers.leak_watch import LeakWatch, author_of
from handlers.origin import Body, channel_of
from handlers.ports import RequestCards
from handlers.submit import Submitter

GLOBAL: Final = "request"
"""The command of the global shortcut; it opens the form."""
LEAK: Final = "report_leak"
"""The shortcut on a message that has a leaked key in it."""
NO_REQUEST: Final = "requests pending"
"""The command for a message that belongs to no request."""


@dataclass(frozen=True)
class Shortcuts:
    """Listens to shortcuts; their answers open modals."""

    submitter: Submitter
    answers: Answers
    cards: RequestCards
    watch: LeakWatch

    async def take(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Submit the shortcut's command, then ack."""
        actor = context[ACTOR]
        trigger, channel = str(body.get("trigger_id", "")), channel_of(body)
        reply = Reply(trigger=trigger, home=True, channel=channel)
        outcome: Outcome | None
        try:
            text = await self._text(body)
            if not text:
                await self.answers.later(actor, reply, NoPairFound())
                await ack()
                return
            asked = Delivery(actor, text, reply, context[DELIVERY], canonical=True, checked=True)
            outcome = await self.submitter.submit(asked)
        except StoreError as error:
            outcome = failed(error)
        await self.answers.later(actor, reply, outcome)
        await ack()

    async def _text(self, body: Body) -> str:
        """Write the command of a shortcut; nothing where a message has no leaked pair."""
        message, channel = body.get("message"), body.get("channel")
        if not isinstance(message, Mapping) or not isinstance(channel, Mapping):
            return GLOBAL
        if body.get("callback_id") == LEAK:
            seen, place = await self.watch.seen_in(message), str(channel.get("id", ""))
            by = str(message.get("ts", "")), author_of(message)
            return written(seen, place, *by) if seen else ""
        ts = str(message.get("thread_ts") or message.get("ts", ""))
        request = await self.cards.request_at_card(str(Posted(str(channel.get("id", "")), ts)))
        return f"requests {request}" if request else NO_REQUEST
