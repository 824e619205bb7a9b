"""A rotation beside the end, the renewal and the offboarding of its people, at close moments."""

import asyncio

import pytest

from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.domain.rotation import Phase
from tests.flows.harness import ADMIN, BILLING, DEV, TECH, Harness, staffed
from tests.flows.offboarding import offboarding
from tests.flows.requested import approved, carried_out, kept, looked, times_notified
from tests.flows.rotated import overlapping, press, steered, works
from tests.flows.test_rotations_raced import on, temporary


async def owned(harness: Harness) -> Request:
    """A running rotation of a key of the person who leaves."""
    await harness.run(TECH, "key create mine --env shop-dev")
    (own,) = await harness.pending.pending_of(TECH)
    await harness.account.set_enabled(DEV.id, own.api_key, enabled=True)
    harness.pending.collect(own.id)
    return await overlapping(harness, "key rotate mine --env shop-dev")


@pytest.mark.parametrize("step", ["deployed", "rollback", "abort --confirm mine"])
async def test_an_offboarding_beside_a_step_leaves_no_key_enabled(step: str) -> None:
    """In either order, and at each moment between; no later step enables one again"""
    for lag in range(0, 60, 5):
        harness = staffed()
        request = await owned(harness)
        if step == "rollback":
            request = await steered(harness, request, "deployed", Phase.SOAKING)
        leaving = await offboarding(harness)
        pressed = asyncio.create_task(press(harness, request, step, ADMIN))
        for _ in range(lag):
            await asyncio.sleep(0)
        outcome = await carried_out(harness, leaving)
        await pressed
        assert "bulk" in outcome.kind, lag
        assert times_notified(harness, Topic.DONE) <= 1
        request = await on(harness, request, hours=25)
        await press(harness, request, "rollback", ADMIN)
        request = await on(harness, request, hours=25)
        assert (False, False) == await works(harness, request), lag


async def test_of_a_renewal_and_the_end_of_the_new_key_the_renewal_counts() -> None:
    """In either order: the new key works, ends later, and its owner is told once"""
    for lag in range(0, 60, 5):
        harness = staffed()
        request = await temporary(harness)
        request = await steered(harness, request, "deployed", Phase.SOAKING)
        renewal = await approved(harness, f"renew {request.id} --reason more --expires 9d", BILLING)
        assert request.ends_at
        harness.clock.at = request.ends_at
        ending = asyncio.create_task(harness.flows.deadline_keeper.look())
        for _ in range(lag):
            await asyncio.sleep(0)
        await carried_out(harness, renewal)
        await ending
        await looked(harness)
        after = await kept(harness, request)
        assert not after.ended, lag
        assert after.ends_at == (await kept(harness, renewal)).ends_at
        assert (False, True) == await works(harness, request), lag
        assert 1 == times_notified(harness, Topic.RENEWED), lag
        told = [it for it in harness.requests.notifications if it.request_id == request.id]
        assert sum(it.topic is Topic.ENDED for it in told) in {0, 3}, lag
