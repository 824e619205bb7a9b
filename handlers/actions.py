"""Presses on buttons: what was offered is looked up, never read from the card."""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.kit import REQUEST, TURN
from bot.domain.commands.text import quote
from bot.domain.jobs import Reply
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.flows.intake import Delivery
from handlers.answers import Answers
from handlers.background import Background
from handlers.commands import ANY
from handlers.gate import DELIVERY, Body
from handlers.submitting import Submissions, actor_of

VERBS = frozenset({"approve", "deny", "ask", "withdraw", "cancel", "claim", "renew", "review"})
"""What a button on a request's card may ask for; a card can say nothing else."""


@dataclass(frozen=True)
class Actions:
    """Takes presses in."""

    submissions: Submissions
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
        outcome = await self._ask(actor, reply, action, context[DELIVERY])
        await ack()
        if outcome is not None:
            self.background.run(self.answers.tell(actor, reply, outcome))

    async def _ask(
        self, actor: Actor, reply: Reply, action: Mapping[str, object], delivery: str
    ) -> Outcome | None:
        """Ask for what the button offered, or for a decision on the request that it stands on."""
        value = str(action.get("value", ""))
        verb = _verb(action)
        if verb is None:
            return await self.submissions.offer(value, actor, reply, delivery)
        return await self.submissions.text(
            Delivery(actor, f"{verb} {quote(value)}", reply, delivery)
        )


def _verb(action: Mapping[str, object]) -> str | None:
    """What a button on a request's card asks for; None for a button of another kind."""
    kind, _, rest = str(action.get("action_id", "")).partition(":")
    verb = rest.partition(":")[0]
    return verb if f"{kind}:" == REQUEST and verb in VERBS else None


def _reply(body: Body, action: Mapping[str, object]) -> Reply:
    found = body.get("view")
    view = found if isinstance(found, Mapping) else {}
    home = view.get("type") == "home"
    return Reply(
        url=str(body.get("response_url", "")),
        view_id="" if home else str(view.get("id", "")),
        home=home,
        trigger=str(body.get("trigger_id", "")),
        replace=str(action.get("action_id", "")).startswith(TURN),
    )
