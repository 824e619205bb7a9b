import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.decided import TooLate, Voided, Voted
from bot.domain.outcomes import Outcome
from bot.domain.people import Actor
from bot.domain.requests import Event, State
from bot.domain.sayings import Topic
from tests.flows.fuses import Crash, Fuse, fused
from tests.flows.office import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    NEWCOMER,
    TECH,
    Office,
)
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
    """What a word came to."""
    assert isinstance(outcome, Voted), outcome
    return outcome.event


async def decide(office: Office, actor: Actor, request_id: str) -> Outcome:
    """Press Approve."""
    return await office.says(actor, f"approve {request_id}")


@pytest.mark.parametrize("move", ["left", "renamed", "deleted", "tier", "rule"])
async def test_a_request_that_the_world_moved_away_from_is_void(
    office: Office, tmp_path: Path, move: str
) -> None:
    """Requester, key, environment and rules are read again at the press"""
    key = with_sleeper(office)
    request = await asked(office, WAKE_UP, TECH)
    match move:
        case "left":
            await leave(office, TECH)
        case "renamed":
            office.account.replace_key("e-prod", replace(key, name="other"))
        case "deleted":
            office.account.remove_key("e-prod", key.api_key)
        case "tier":
            await renamed_environment(office, "Shop staging 2")
        case _:
            under(office, tmp_path, rule("key:enable", '@approvals("2")\n@approvers("key_roles")'))
    assert isinstance(await decide(office, COLLEAGUE, request.id), Voided)
    assert State.CANCELLED is (await kept(office, request)).state
    assert Topic.VOID in topics(office)


async def renamed_environment(office: Office, name: str) -> None:
    """Rename production, its keys in place."""
    places = await office.account.environments()
    place = next(each for each in places if each.id == "e-prod")
    keys = await office.account.keys(place.id)
    office.account.add_environment(replace(place, name=name, cloud_name=name.replace(" ", "-")))
    for key in keys:
        office.account.replace_key(place.id, key)


async def test_a_press_after_its_time_counts_for_nothing(office: Office) -> None:
    """Even if nobody has looked at the clock since"""
    request = await asked(office)
    office.clock.go_on(hours=8)
    assert isinstance(await decide(office, TECH, request.id), TooLate)
    assert isinstance(await office.says(NEWCOMER, f"cancel {request.id}"), TooLate)


async def test_of_many_at_once_each_counts_once_and_all_are_answered(office: Office) -> None:
    """A hundred presses of three people on one request that wants two"""
    request = await asked(office, DELETE, TECH)
    outcomes = await asyncio.gather(
        *(decide(office, (COLLEAGUE, ADMIN, CHIEF)[at % 3], request.id) for at in range(100))
    )
    counted = Counter(event_of(each) for each in outcomes if isinstance(each, Voted))
    assert {Event.AGREE: 1, Event.APPROVE: 1} == counted
    assert 98 == sum(isinstance(each, TooLate) for each in outcomes)
    assert [request.id] == [each for each in office.errands.queue if each == request.id]


async def test_of_agreeing_and_denying_at_once_one_wins(office: Office) -> None:
    """The other is told how it stands"""
    request = await asked(office)
    outcomes = await asyncio.gather(
        decide(office, TECH, request.id),
        office.says(COLLEAGUE, f"deny {request.id} --reason no"),
    )
    assert {Voted, TooLate} == {type(each) for each in outcomes}
    end = (await kept(office, request)).state
    assert ({State.APPROVED: 1}.get(end, 0)) == office.errands.queue.count(request.id)


async def test_an_errand_that_died_after_its_word_was_counted_counts_it_once() -> None:
    """Taken up again, it says that it was counted"""
    fuse = Fuse(method="replace")
    office = fused(fuse)
    request = await asked(office, DELETE, TECH)
    errand = await office.errand(ADMIN, f"approve {request.id}")
    fuse.arm(1, after=True)
    with pytest.raises(Crash):
        await office.flows.dispatcher.run(errand)
    assert isinstance(await office.again(errand.id), TooLate)
    assert 1 == len((await kept(office, request)).agreeing)
