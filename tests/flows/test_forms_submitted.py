import json
from typing import Final

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.forms import working_view
from bot.domain.answers import Way
from bot.domain.audit import Entry
from bot.domain.jobs import Job
from bot.domain.offers import Offer
from bot.domain.outcomes.general import HelpGiven
from bot.errors import NotReplicated, SlackError
from handlers.gate import ACTOR, DELIVERY
from handlers.seeing import Seeing
from handlers.submit import Submitter
from handlers.views import Views
from tests.fakes.answering import Answering, AnsweringSlack
from tests.fakes.clock import FakeClock
from tests.fakes.jobs import FakeJobs
from tests.flows.harness import TECH, Harness

WORKING: Final = {"response_action": "update", "view": working_view()}


class OnOneServer(FakeJobs):
    """Stores a command, and waits a second for a replica that never has it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock

    async def accept(self, job: Job, fingerprint: str, entry: Entry) -> bool:
        """Store it all the same."""
        await super().accept(job, fingerprint, entry)
        self.clock.go_on(seconds=1)
        raise NotReplicated("0 of 1 replicas have it")


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


async def test_the_answer_of_a_command_that_was_uncertain_to_be_kept_stays_in_its_modal(
    answering: Answering,
) -> None:
    """Its job answers there, and what its person was told before its ack does not follow that"""
    harness = answering.harness
    harness.jobs = OnOneServer(harness.clock)
    harness.rebuild()
    ack = await submitted(answering, "key rename", name="ci-bot", new="z")
    (job_id,) = harness.jobs.queue
    job = await harness.jobs.load(job_id)
    assert job
    assert not await answering.answers.send(job, HelpGiven(None))
    await answering.run()
    in_modal = [text for way, text in answering.slack.seen if way is Way.VIEW]
    assert [False] == ["on one server only" in text for text in in_modal]
    directly = [text for way, text in answering.slack.seen if way is Way.DIRECT]
    assert [True] == ["on one server only" in text for text in directly]
    assert "on one server only" in str(ack)
