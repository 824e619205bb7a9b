"""The answer to a request that needs no vote says what happened, and never that nothing did."""

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.outcomes.links import LinkReady, NotReady
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Several
from bot.domain.requests.machine import State
from bot.flows.requests.follow import PATIENCE, followed, is_underway
from handlers.job_runner import JobRunner
from tests.fakes.answering import Answering
from tests.flows.harness import COLLEAGUE, PROD, TECH, Harness, goes_on
from tests.flows.requested import carried_out, kept, with_sleeper

NOW = '--reason "site is down" --emergency'
TEXTS = {
    f"request shop deploy {NOW}": "is created (disabled until collected)",
    f"key create deploy --env shop {NOW}": "is created (disabled until collected)",
    f"key enable sleeper --env shop {NOW}": "is now enabled",
}
"""Every command that has `--emergency`, and what its answer says in the end."""


def runner(answering: Answering) -> JobRunner:
    """The runner of jobs, over the same fakes."""
    harness = answering.harness
    flows, ports = harness.flows, harness.ports
    return JobRunner(
        *(harness.jobs, flows.dispatcher, flows.executor, answering.answers, ports.audit_log),
        *(answering.metrics, harness.locks, goes_on),
    )


async def accepted(harness: Harness, text: str) -> str:
    """Accept a command, as Slack delivers it."""
    with_sleeper(harness)
    delivery = harness.asked(TECH, text)
    await harness.flows.intake.accept(delivery)
    return harness.jobs.queue[-1]


@pytest.mark.parametrize("text", TEXTS)
async def test_the_answer_tells_what_an_emergency_led_to(harness: Harness, text: str) -> None:
    """It waits for the execution, which is a job of its own, and offers what is next"""
    answering = Answering(harness)
    run = runner(answering)
    job_id = await accepted(harness, text)
    again = await run(job_id, worn_out=False)
    assert again
    assert not answering.slack.seen
    await run(harness.jobs.queue[-1], worn_out=False)
    assert await run(job_id, worn_out=False) is None
    ((_, told),) = answering.slack.seen
    assert TEXTS[text] in told
    assert "security channel is notified" in told
    assert "another person reviews it" in told
    assert "othing was done" not in told
    assert ("Press Collect" in told) is ("created" in told)


async def test_an_answer_does_not_wait_for_a_slow_execution(harness: Harness) -> None:
    """It says that the key is being created; Collect says so too until it is there"""
    answering = Answering(harness)
    run = runner(answering)
    job_id = await accepted(harness, f"request shop deploy {NOW}")
    assert await run(job_id, worn_out=False)
    harness.clock.at += PATIENCE
    assert await run(job_id, worn_out=False) is None
    ((_, told),) = answering.slack.seen
    assert "is being created" in told
    request = (await harness.requests.opened_by(TECH, 1))[0]
    early = await harness.run(TECH, f"claim {request.id}")
    assert isinstance(early, NotReady)
    assert "Press Collect again" in plain(card_of(early))
    assert not isinstance(await harness.run(COLLEAGUE, f"claim {request.id}"), NotReady)
    await carried_out(harness, request)
    assert isinstance(await harness.run(TECH, f"claim {request.id}"), LinkReady)


async def test_every_environment_of_an_emergency_has_its_collect(harness: Harness) -> None:
    """One button for each key"""
    outcome = await harness.run(TECH, f"request shop,shop-dev deploy {NOW}")
    assert isinstance(outcome, Several)
    for each in outcome.outcomes:
        assert isinstance(each, Requested)
        await carried_out(harness, each.request)
    assert is_underway(outcome)
    done = await followed(harness.requests, outcome)
    assert not is_underway(done)
    labels = [str(button.label) for button in card_of(done).buttons]
    assert ["Collect deploy in Shop", "Collect deploy in Shop dev"] == labels


async def test_an_emergency_for_another_person_offers_them_alone_the_credentials(
    harness: Harness,
) -> None:
    """The requester reads who collects"""
    outcome = await harness.run(TECH, f"request shop deploy {NOW} --for @{COLLEAGUE.user_id}")
    assert isinstance(outcome, Requested), outcome
    await carried_out(harness, outcome.request)
    done = card_of(await followed(harness.requests, outcome))
    assert not done.buttons
    assert f"@{COLLEAGUE.user_id} gets a message and collects" in plain(done)


async def test_a_failed_emergency_says_so(harness: Harness) -> None:
    """It was named like another key meanwhile"""
    outcome = await harness.run(TECH, f"request shop deploy {NOW}")
    assert isinstance(outcome, Requested)
    harness.account.add_key(PROD.id, "deploy")
    await carried_out(harness, outcome.request)
    assert State.FAILED is (await kept(harness, outcome.request)).state
    told = plain(card_of(await followed(harness.requests, outcome)))
    assert "This didn't work: a key of that name exists now." in told
    assert "created (disabled" not in told
