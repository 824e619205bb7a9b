"""Forms that were filled in."""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.forms import FIELD, VALUE, result_view, working_view
from bot.cards.kit import Block
from bot.domain.commands.grammar import Incomplete, Reading, read, write
from bot.domain.commands.requests import APPROVE, Approve
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.outcomes.general import NotOffered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.flows.intake import Delivery
from handlers.answers import Answers
from handlers.commands import ANY
from handlers.gate import DELIVERY, Body
from handlers.submitting import Submissions, actor_of

View = Mapping[str, object]


@dataclass(frozen=True)
class Views:
    """Takes filled-in forms in."""

    submissions: Submissions
    answers: Answers

    def register(self, app: AsyncApp) -> None:
        """Listen to every form."""
        app.view_submission(ANY)(self.submit)
        app.view_closed(ANY)(self.close)

    async def submit(
        self, ack: AsyncAck, body: Body, view: View, context: AsyncBoltContext
    ) -> None:
        """Complete the command that the form was opened for, and ask for it."""
        actor = actor_of(body)
        opened = await self._opened(actor, view)
        if not isinstance(opened, Incomplete):
            await ack(response_action="update", view=await self._shown(actor, opened))
            return
        texts = dict(opened.given) | _values(view, opened)
        problems = opened.spec.problems(texts)
        if problems:
            errors = {f"{FIELD}{name}": problem for name, problem in problems.items()}
            await ack(response_action="errors", errors=errors)
            return
        filled = Incomplete(opened.spec, tuple(texts.items()))
        reply = Reply(view_id=str(view.get("id", "")))
        asked = Delivery(actor, write(filled), reply, context[DELIVERY], canonical=True)
        outcome = await self.submissions.text(asked)
        await ack(response_action="update", view=await self._shown(actor, outcome))

    async def _opened(self, actor: Actor, view: View) -> Incomplete | Outcome:
        """What the form was opened for; it may be too old, or another's."""
        offer = await self.submissions.offered(str(view.get("private_metadata", "")), actor)
        if not isinstance(offer, Offer):
            return offer
        return incomplete(read(offer.text)) or NotOffered()

    async def _shown(self, actor: Actor, outcome: Outcome | None) -> Block:
        if outcome is None:
            return working_view()
        return result_view(await self.answers.message(actor, outcome))

    async def close(self, ack: AsyncAck) -> None:
        """Nothing was asked, so nothing is done."""
        await ack()


def incomplete(reading: Reading) -> Incomplete | None:
    """What a form was opened for: arguments that lacked, or more words on a decision."""
    if isinstance(reading, Incomplete):
        return reading
    if isinstance(reading, Approve):
        return Incomplete(APPROVE, (("id", reading.id),))
    return None


def _values(view: View, opened: Incomplete) -> dict[str, str]:
    """The fields that are not empty; a field that the form does not have is passed over."""
    state = view.get("state")
    blocks = state.get("values", {}) if isinstance(state, Mapping) else {}
    values = {
        name: blocks.get(f"{FIELD}{name}", {}).get(VALUE, {}).get("value")
        for name, field in opened.spec.fields.items()
        if field.kind.asked
    }
    return {name: value for name, value in values.items() if value}
