"""Buttons, menus, and choices in forms.

A press names an offer or a request; the command itself is never read from the card.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.kit import REQUEST, TURN
from bot.cards.signing_in import OPENS
from bot.domain.commands.rotations import TYPED
from bot.domain.commands.text import quote
from bot.domain.jobs import Reply
from bot.flows.intake import Delivery
from handlers.answers import Answers
from handlers.form_changes import FormChanges, is_field
from handlers.gate import ACTOR, DELIVERY
from handlers.origin import Body, channel_of
from handlers.submit import Submitter

_PLAIN = ("approve", "deny", "ask", "withdraw", "cancel", "claim", "renew", "review", "requests")
VERBS: Final[Mapping[str, str]] = (
    {verb: f"{verb} {{}}" for verb in _PLAIN}
    | {
        "details": "requests {} --details",
        "offboard": "user offboard {}",
        "owner": "key owner {}",
        "disable": "key disable {}",
        "orphans": "key list --orphaned",
        "disable_leaked": "key disable key:{}",
        "rotate_leaked": "key rotate key:{} --compromised",
        "dismiss_leak": "leak dismiss {}",
        "review_leak": "leak review {}",
        "not_me": "leak disown {}",
        "review_mine": "review mine",
        "review_report": "review report {}",
        "broke": "result {} broke",
        "fine": "result {} fine",
    }
    | {str(step): f"rotation {{}} {step}" for step in TYPED}
)
"""The only commands that a button on a request's card may run, by its verb."""


@dataclass(frozen=True)
class Actions:
    """Listens to buttons and choices."""

    submitter: Submitter
    answers: Answers
    forms: FormChanges

    async def press(
        self, ack: AsyncAck, body: Body, action: Mapping[str, object], context: AsyncBoltContext
    ) -> None:
        """Submit the button's command, then ack; a choice in a form submits nothing."""
        if is_field(action):
            self.forms.changed(body, context[ACTOR])
            await ack()
            return
        if str(action.get("action_id", "")).startswith(OPENS):
            await ack()  # the browser has the address already
            return
        actor, reply, delivery = context[ACTOR], _reply(body, action), context[DELIVERY]
        value, verb = _value(action), _verb(action)
        if verb is None:
            outcome = await self.submitter.submit_offer(value, actor, reply, delivery)
        else:
            text = VERBS[verb].format(quote(value))
            outcome = await self.submitter.submit(Delivery(actor, text, reply, delivery))
        await self.answers.later(actor, reply, outcome)
        await ack()


def _value(action: Mapping[str, object]) -> str:
    """Read what a button carries, or the option that a person chose in a menu."""
    chosen = action.get("selected_option")
    return str((chosen if isinstance(chosen, Mapping) else action).get("value", ""))


def _verb(action: Mapping[str, object]) -> str | None:
    """Read the verb of a button on a request's card; None for a button of another kind."""
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
        channel=channel_of(body),
    )
