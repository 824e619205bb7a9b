"""`/cld`, as a person types it."""

from dataclasses import dataclass

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.forms import ephemeral
from bot.domain.jobs import Reply
from bot.flows.intake import Delivery
from handlers.answers import Answers
from handlers.gate import ACTOR, DELIVERY
from handlers.origin import Body, channel_of
from handlers.submit import Submitter


@dataclass(frozen=True)
class Commands:
    """Listens to slash commands."""

    submitter: Submitter
    answers: Answers

    async def cld(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Submit the command, then ack; an outcome that is known by now goes into the ack."""
        actor = context[ACTOR]
        reply = Reply(
            str(body.get("response_url", "")),
            trigger=str(body.get("trigger_id", "")),
            channel=channel_of(body),
        )
        text = str(body.get("text", ""))
        outcome = await self.submitter.submit(Delivery(actor, text, reply, context[DELIVERY]))
        if outcome is None:
            await ack()
        else:
            await ack(ephemeral(await self.answers.message(actor, outcome)))
