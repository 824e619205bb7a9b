from collections.abc import Sequence
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.offers import Offer
from handlers.answer_ways import Ways
from handlers.background import Background
from handlers.gate import ACTOR, DELIVERY
from handlers.home import AppHome
from handlers.metrics import Metrics
from handlers.seeing import Seeing
from handlers.submit import Submitter
from handlers.views import Views
from tests.fakes.answering import answers_over
from tests.flows.harness import TECH, Harness, goes_on
from tests.flows.test_outages import Unreachable


class OneOffer(Unreachable):
    """The offer that opened a modal, and nothing else."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep nothing."""
        return [""] * len(offers)

    async def find(self, offer_id: str) -> Offer | None:
        """Give the offer."""
        assert offer_id
        return Offer(TECH, self.text)


async def submitted(harness: Harness, text: str, **fields: str) -> Any:
    """Submit the modal of an incomplete command; gives what Slack is answered."""
    offers = OneOffer(text)
    home = AppHome(harness.flows.home, offers, offers, Background(), goes_on)
    ways = Ways(offers, home, harness.clock, Metrics())
    answers = answers_over(ways, offers, offers, Background())
    views = Views(Submitter(harness.flows.intake, offers, Seeing()), answers)
    ack = AsyncAck()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    values = {f"field:{name}": {"value": {"value": value}} for name, value in fields.items()}
    view = {"id": "V1", "private_metadata": "o1", "state": {"values": values}}
    await views.submit(ack, view, AsyncBoltContext({DELIVERY: "d1", ACTOR: TECH}))
    assert ack.response
    return ack.response.body


@pytest.mark.parametrize(
    "fields",
    [{"old": "ci-bot", "new": "z"}, {"new": "z"}, {}],
    ids=["a modal of another version", "a field is absent", "nothing"],
)
async def test_a_modal_without_a_required_field_queues_nothing(
    fields: dict[str, str], harness: Harness
) -> None:
    """The other fields do not move into its place"""
    answer = await submitted(harness, "key rename", **fields)
    assert "Nothing was done" in answer
    assert harness.jobs.queue == []


async def test_a_complete_modal_queues_its_command(harness: Harness) -> None:
    """With every field in its own place"""
    await submitted(harness, "key rename", name="ci-bot", new="z")
    (job_id,) = harness.jobs.queue
    job = await harness.jobs.load(job_id)
    assert job
    assert job.text == "key rename ci-bot z"
