from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.outcomes.requests import NotAskable, Renewed
from bot.domain.people import Actor, TurnedAway
from bot.domain.policy import Action
from bot.domain.requests.machine import State
from tests.flows.harness import COLLEAGUE, DEV, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    WISH,
    approved,
    asked,
    carried_out,
    collected,
    granted,
    kept,
)


async def test_the_clock_of_granted_access_starts_at_the_approval(harness: Harness) -> None:
    """It is stored in the same step, before the key exists."""
    harness_clock = harness.clock
    request = await asked(harness, f"{WISH} --expires 2d")
    harness_clock.go_on(hours=3)
    await harness.run(TECH, f"approve {request.id}")
    now = await kept(harness, request)
    assert (State.APPROVED, harness_clock.now() + timedelta(days=2)) == (now.state, now.ends_at)


async def test_a_renewal_is_a_new_request_for_the_same_key(harness: Harness) -> None:
    """After a new approval access ends later, and no second key is created."""
    former = await collected(harness, f"{WISH} --expires 2d")
    harness.clock.go_on(days=1)
    renewal = await approved(harness, f"renew {former.id} --reason more --expires 7d")
    assert isinstance(await carried_out(harness, renewal), Renewed)
    now = await kept(harness, former)
    assert harness.clock.now() + timedelta(days=7) == now.ends_at
    assert harness.account.calls["create_key"] == 1
    assert Action.KEY_REQUEST is renewal.terms.action


async def test_a_renewal_after_the_end_enables_the_key(harness: Harness) -> None:
    """The same if the process dies right after it."""
    former = await collected(harness, f"{WISH} --expires 2d")
    harness.clock.go_on(days=3)
    assert [] == await harness.flows.deadline_keeper.look()
    assert not (await harness.key(DEV, "deploy")).enabled
    renewal = await approved(harness, f"renew {former.id} --reason more --expires 7d")
    await carried_out(harness, renewal)
    assert (await harness.key(DEV, "deploy")).enabled
    assert not (await kept(harness, former)).ended


@pytest.mark.parametrize("actor", [TECH, COLLEAGUE])
async def test_no_person_renews_what_is_not_theirs(harness: Harness, actor: Actor) -> None:
    """Nor credentials that were never collected."""
    former = await granted(harness, f"{WISH} --expires 2d")
    for each in (actor, NEWCOMER):
        told = await harness.run(each, f"renew {former.id} --reason more")
        assert isinstance(told, NotAskable)


async def test_the_owner_does_not_vote_on_a_renewal_by_a_second_account(harness: Harness) -> None:
    """Not even if another person requests it."""
    former = await collected(harness, f"{WISH} --for @{COLLEAGUE.user_id} --expires 2d")
    renewal = await asked(harness, f"renew {former.id} --reason more")
    profile = await harness.directory.profile(COLLEAGUE)
    second = replace(profile, user_id="U0SECOND")
    harness.directory.add(second)
    told = await harness.run(replace(COLLEAGUE, user_id=second.user_id), f"approve {renewal.id}")
    assert isinstance(told, TurnedAway)
