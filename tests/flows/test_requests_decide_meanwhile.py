import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.outcomes.decisions import TooLate, Voided, Voted
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.machine import Event, State
from bot.domain.requests.notifications import Topic
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    asked,
    kept,
    leave,
    rule,
    topics,
    under,
    with_sleeper,
)


def event_of(outcome: Outcome) -> Event:
    """Return the event of a vote that counts."""
    assert isinstance(outcome, Voted), outcome
    return outcome.event


async def decide(harness: Harness, actor: Actor, request_id: str) -> Outcome:
    """Press Approve."""
    return await harness.run(actor, f"approve {request_id}")


@pytest.mark.parametrize("move", ["left", "renamed", "deleted", "tier", "rule"])
async def test_a_request_that_no_longer_holds_is_void(
    harness: Harness, tmp_path: Path, move: str
) -> None:
    """Requester, key, environment and rules are read again at each vote."""
    key = with_sleeper(harness)
    request = await asked(harness, WAKE_UP, TECH)
    match move:
        case "left":
            await leave(harness, TECH)
        case "renamed":
            harness.account.replace_key("e-prod", replace(key, name="other"))
        case "deleted":
            harness.account.remove_key("e-prod", key.api_key)
        case "tier":
            await renamed_environment(harness, "Shop staging 2")
        case _:
            under(harness, tmp_path, rule("key:enable", '@approvals("2")\n@approvers("key_roles")'))
    assert isinstance(await decide(harness, COLLEAGUE, request.id), Voided)
    assert State.CANCELLED is (await kept(harness, request)).state
    assert Topic.VOID in topics(harness)


async def renamed_environment(harness: Harness, name: str) -> None:
    """Rename production, its keys in place."""
    places = await harness.account.environments()
    place = next(each for each in places if each.id == "e-prod")
    keys = await harness.account.keys(place.id)
    harness.account.add_environment(replace(place, name=name, cloud_name=name.replace(" ", "-")))
    for key in keys:
        harness.account.replace_key(place.id, key)


async def test_a_press_after_its_time_counts_for_nothing(harness: Harness) -> None:
    """The deadlines were not kept since."""
    request = await asked(harness)
    harness.clock.go_on(hours=8)
    assert isinstance(await decide(harness, TECH, request.id), TooLate)
    assert isinstance(await harness.run(NEWCOMER, f"cancel {request.id}"), TooLate)


async def test_of_many_votes_at_the_same_time_each_counts_once(harness: Harness) -> None:
    """Three people press a hundred times on a request that needs two votes."""
    request = await asked(harness, DELETE, TECH)
    outcomes = await asyncio.gather(
        *(decide(harness, (COLLEAGUE, ADMIN, CHIEF)[at % 3], request.id) for at in range(100))
    )
    counted = Counter(event_of(each) for each in outcomes if isinstance(each, Voted))
    assert {Event.VOTE_FOR: 1, Event.APPROVE: 1} == counted
    assert 98 == sum(isinstance(each, TooLate) for each in outcomes)
    assert [request.id] == [each for each in harness.jobs.queue if each == request.id]


async def test_of_approving_and_denying_at_the_same_time_one_wins(harness: Harness) -> None:
    """The other person gets the state of the request."""
    request = await asked(harness)
    outcomes = await asyncio.gather(
        decide(harness, TECH, request.id),
        harness.run(COLLEAGUE, f"deny {request.id} --reason no"),
    )
    assert {Voted, TooLate} == {type(each) for each in outcomes}
    end = (await kept(harness, request)).state
    assert ({State.APPROVED: 1}.get(end, 0)) == harness.jobs.queue.count(request.id)


async def test_a_job_that_died_after_its_vote_was_counted_counts_it_once() -> None:
    """The job runs again and answers that the vote was counted."""
    failure_point = FailurePoint(method="replace")
    harness = failing(failure_point)
    request = await asked(harness, DELETE, TECH)
    job = await harness.job(ADMIN, f"approve {request.id}")
    failure_point.arm(1, after=True)
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    assert isinstance(await harness.again(job.id), Voted)
    assert 1 == len((await kept(harness, request)).approving)
