"""The Details button: everything about a request, for those who may see it."""

from dataclasses import replace

import pytest

from bot.domain.answers import Way
from bot.domain.commands.text import quote
from bot.domain.jobs import Reply
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.errors import SlackError
from handlers.actions import VERBS
from tests.fakes.answering import Answering
from tests.flows.harness import BILLING, NEWCOMER, TECH, Harness
from tests.flows.requested import carried_out
from tests.flows.test_requests_by_short_id import FIRST, opened


@pytest.fixture
def answering(harness: Harness) -> Answering:
    """Answers on their way to a Slack that takes them all."""
    return Answering(harness)


async def pressed(answering: Answering, by: Actor, request: Request, trigger: str = "t") -> str:
    """Press Details on a card; gives the answer."""
    harness = answering.harness
    stored = await harness.job(by, VERBS["details"].format(quote(request.id)))
    job = replace(stored, reply=Reply("https://hooks.test/1", trigger=trigger))
    outcome = await harness.flows.dispatcher.run(job)
    assert isinstance(outcome, RequestShown | NoSuchRequest), outcome
    await answering.answers.send(job, outcome)
    return answering.slack.seen[-1][1]


@pytest.mark.parametrize("by", [NEWCOMER, TECH], ids=["requester", "approver"])
async def test_details_open_in_a_modal(answering: Answering, by: Actor) -> None:
    """What the card leaves out; as often as it is pressed"""
    request = await opened(answering.harness, FIRST)
    for count in (1, 2):
        shown = await pressed(answering, by, request)
        for part in ("@lumen.example", request.policy, request.terms.fingerprint, "Can approve"):
            assert part in shown
        assert [Way.MODAL] * count == [way for way, _ in answering.slack.seen]
    assert "Request details" == answering.slack.views[-1]["title"]["text"]  # type: ignore[index]  # a view


async def test_a_card_of_any_age_has_details(answering: Answering) -> None:
    """They are those of now: who decided, and what they said"""
    harness = answering.harness
    request = await opened(harness, FIRST)
    await harness.run(TECH, f"approve {request.id} --comment checked")
    await carried_out(harness, request)
    harness.clock.go_on(minutes=60 * 24 * 30)
    shown = await pressed(answering, NEWCOMER, request)
    assert "checked" in shown


async def test_details_without_a_trigger_are_a_message(answering: Answering) -> None:
    """Slack took too long, or tells none"""
    request = await opened(answering.harness, FIRST)
    for trigger in ("", "late"):
        answering.slack.refusals[Way.MODAL] = SlackError("expired_trigger_id")
        assert request.terms.fingerprint in await pressed(answering, TECH, request, trigger)
        assert Way.URL is answering.slack.seen[-1][0]


async def test_details_are_not_for_everyone_who_sees_the_card(answering: Answering) -> None:
    """The answer is true for who sees the card all the same, and tells nothing of the request"""
    request = await opened(answering.harness, FIRST)
    shown = await pressed(answering, BILLING, request)
    assert "that you can see" in shown
    assert "Only its requester, its owner and its approvers see a request" in shown
    assert request.terms.reason not in shown
    assert not answering.slack.views
