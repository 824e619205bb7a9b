import json
from typing import Final

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.forms import working_view
from bot.domain.answers import Way
from bot.domain.offers import Offer
from bot.errors import SlackError
from handlers.gate import ACTOR, DELIVERY
from handlers.seeing import Seeing
from handlers.submit import Submitter
from handlers.views import Views
from tests.fakes.answering import Answering, AnsweringSlack
from tests.flows.harness import TECH, Harness

WORKING: Final = {"response_action": "update", "view": working_view()}


class OneOffer(AnsweringSlack):
    """The offer that opened a modal; "" where it has expired."""

    text = ""

    async def find(self, offer_id: str) -> Offer | None:
        """Give the offer."""
        assert offer_id
        return Offer(TECH, self.text) if self.text else None


@pytest.fixture
def answering(harness: Harness) -> Answering:
    """Answers over a fake Slack."""
    return Answering(harness, OneOffer())


async def submitted(answering: Answering, text: str, **fields: str) -> object:
    """Submit the modal of an incomplete command; gives what Slack is answered."""
    assert isinstance(answering.slack, OneOffer)
    answering.slack.text = text
    submitter = Submitter(answering.harness.flows.intake, answering.slack, Seeing())
    views = Views(submitter, answering.answers)
    ack = AsyncAck()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    values = {f"field:{name}": {"value": {"value": value}} for name, value in fields.items()}
    view = {"id": "V1", "private_metadata": "o1", "state": {"values": values}}
    await views.submit(ack, view, AsyncBoltContext({DELIVERY: "d1", ACTOR: TECH}))
    assert ack.response
    return json.loads(ack.response.body)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("key rename", {"old": "ci-bot", "new": "z"}),
        ("key rename", {"new": "z"}),
        ("key rename", {}),
        ("key list", {}),
        ("", {}),
    ],
    ids=["of another version", "a field is absent", "nothing", "of no form", "too old"],
)
async def test_a_modal_that_completes_no_command_queues_none(
    text: str, fields: dict[str, str], answering: Answering
) -> None:
    """No field moves into the place of another, and who closed the modal is answered directly"""
    answering.slack.refusals[Way.VIEW] = SlackError("not_found")
    assert WORKING == await submitted(answering, text, **fields)
    await answering.run()
    ((way, answer),) = answering.slack.seen
    assert (Way.DIRECT, True) == (way, "Nothing was done" in answer)
    assert answering.harness.jobs.queue == []


async def test_a_complete_modal_queues_its_command(answering: Answering) -> None:
    """With every field in its own place; its job answers"""
    assert WORKING == await submitted(answering, "key rename", name="ci-bot", new="z")
    (job_id,) = answering.harness.jobs.queue
    job = await answering.harness.jobs.load(job_id)
    assert job
    assert job.text == "key rename ci-bot z"
    assert [] == answering.queue.queued


async def test_what_is_wrong_with_a_field_is_said_beside_it(answering: Answering) -> None:
    """The form stays open, and no answer follows"""
    answer = await submitted(answering, "key rename", name="ci-bot", new="z" * 1000)
    assert isinstance(answer, dict)
    assert ("errors", ["field:new"]) == (answer["response_action"], [*answer["errors"]])
    assert ([], []) == (answering.harness.jobs.queue, answering.queue.queued)
