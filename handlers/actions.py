"""Presses on buttons: what was offered is looked up, never read from the card."""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.kit import TURN
from bot.domain.errands import Reply
from handlers.answers import Answers
from handlers.asking import Asking, actor_of
from handlers.background import Background
from handlers.commands import ANY
from handlers.gate import DELIVERY, Body


@dataclass(frozen=True)
class Actions:
    """Takes presses in."""

    asking: Asking
    answers: Answers
    background: Background

    def register(self, app: AsyncApp) -> None:
        """Listen to every press, so that none is dead."""
        app.action(ANY)(self.press)

    async def press(
        self, ack: AsyncAck, body: Body, action: Mapping[str, object], context: AsyncBoltContext
    ) -> None:
        """Keep what the button offered to this person, then ack."""
        actor, reply = actor_of(body), _reply(body, action)
        offer_id = str(action.get("value", ""))
        outcome = await self.asking.offer(offer_id, actor, reply, context[DELIVERY])
        await ack()
        if outcome is not None:
            self.background.run(self.answers.tell(actor, reply, outcome))


def _reply(body: Body, action: Mapping[str, object]) -> Reply:
    view = body.get("view")
    return Reply(
        url=str(body.get("response_url", "")),
        view_id=str(view.get("id", "")) if isinstance(view, Mapping) else "",
        trigger=str(body.get("trigger_id", "")),
        replace=str(action.get("action_id", "")).startswith(TURN),
    )
