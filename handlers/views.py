"""Submitted forms."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.forms import FIELD, VALUE, result_view, working_view
from bot.domain.commands.grammar import Incomplete, read, write
from bot.domain.commands.requests import APPROVE, Approve
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.outcomes.general import Failed, NotOffered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.flows.intake import Delivery
from handlers.answers import Answers
from handlers.gate import ACTOR, DELIVERY
from handlers.submit import Submitter

View = Mapping[str, object]


@dataclass(frozen=True)
class Views:
    """Listens to forms."""

    submitter: Submitter
    answers: Answers

    async def submit(self, ack: AsyncAck, view: View, context: AsyncBoltContext) -> None:
        """Complete the form's command and submit it, or show what is wrong with the fields."""
        actor, reply = context[ACTOR], Reply(view_id=str(view.get("id", "")))
        opened = await self._opened(actor, view)
        if not isinstance(opened, Incomplete):
            await self._answer(ack, actor, reply, opened)
            return
        texts = dict(opened.given) | _values(view, opened)
        problems = opened.spec.problems(texts)
        if problems:
            errors = {f"{FIELD}{name}": problem for name, problem in problems.items()}
            await ack(response_action="errors", errors=errors)
            return
        if not opened.spec.required <= texts.keys():  # a modal that another version opened
            await self._answer(ack, actor, reply, NotOffered())
            return
        text = write(opened.spec.make(texts))
        delivery = Delivery(actor, text, reply, context[DELIVERY], canonical=True)
        outcome = await self.submitter.submit(delivery)
        if isinstance(outcome, Failed):
            await self._uncertain(ack, actor, reply, outcome)
        else:
            await self._answer(ack, actor, reply, outcome)

    async def _answer(
        self, ack: AsyncAck, actor: Actor, reply: Reply, outcome: Outcome | None
    ) -> None:
        """Queue what is known by now: an ack shows nothing in a form that was closed meanwhile."""
        await self.answers.later(actor, reply, outcome)
        await ack(response_action="update", view=working_view())

    async def _uncertain(self, ack: AsyncAck, actor: Actor, reply: Reply, outcome: Failed) -> None:
        """Tell a failure in the ack and directly: the command may run, and answers in the modal."""
        await self.answers.later(actor, replace(reply, view_id=""), outcome)
        view = result_view(await self.answers.message(actor, outcome))
        await ack(response_action="update", view=view)

    async def _opened(self, actor: Actor, view: View) -> Incomplete | Outcome:
        """Read the command that the form completes, from the offer that opened the form."""
        offer = await self.submitter.find_offer(str(view.get("private_metadata", "")), actor)
        if not isinstance(offer, Offer):
            return offer
        match read(offer.text):
            case Incomplete() as incomplete:
                return incomplete
            case Approve(id_):
                return Incomplete(APPROVE, (("id", id_),))
            case _:
                return NotOffered()

    async def close(self, ack: AsyncAck) -> None:
        """Do nothing: a closed form submits no command."""
        await ack()


def _values(view: View, opened: Incomplete) -> dict[str, str]:
    """Read the form's fields that are not empty."""
    state = view.get("state")
    blocks = state.get("values", {}) if isinstance(state, Mapping) else {}
    values = {
        name: blocks.get(f"{FIELD}{name}", {}).get(VALUE, {}).get("value")
        for name, field in opened.spec.fields.items()
        if field.kind.asked
    }
    return {name: value for name, value in values.items() if value}
