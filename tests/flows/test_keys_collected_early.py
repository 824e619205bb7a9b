"""An owner may collect their credentials before the creating job has ended: nothing undoes that.

The process dies after it stored the pending credentials, and another one takes the job over.
"""

import pytest

from bot.domain.outcomes.decisions import MayNotDecide, TooLate
from bot.domain.outcomes.keys import KeyChanged, KeyCreated
from bot.domain.outcomes.links import LinkReady, NothingToClaim
from bot.domain.people import Actor
from bot.domain.requests.machine import State
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import COLLEAGUE, CREATE, DEV, NEWCOMER, TECH, Harness
from tests.flows.requested import approved, carried_out, enabled, kept, looked


async def reveal(harness: Harness, owner: Actor) -> None:
    """Claim, and open the link."""
    assert isinstance(await harness.run(owner, "claim"), LinkReady)
    (waiting,) = await harness.pending.pending_of(owner)
    await harness.account.set_enabled(DEV.id, waiting.api_key, enabled=True)
    harness.pending.collect(waiting.id)


async def test_a_key_that_was_collected_before_the_hand_over_stays_enabled() -> None:
    """The request follows: its credentials are claimed"""
    died = FailurePoint(method="replace")
    harness = failing(died)
    request = await approved(harness)
    died.arm(2)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    assert State.EXECUTING is (await kept(harness, request)).state
    await reveal(harness, NEWCOMER)
    assert isinstance(await harness.again(request.id), KeyCreated)
    assert await enabled(harness)
    harness.requests.wake(request.id)
    await looked(harness)
    assert State.CLAIMED is (await kept(harness, request)).state
    assert 1 == harness.account.calls["create_key"]


async def test_a_key_that_was_collected_before_the_answer_stays_enabled() -> None:
    """Without a request; the answer is that nothing is left to collect"""
    died = FailurePoint(method="finish")
    harness = failing(died)
    job = await harness.job(TECH, CREATE)
    died.arm(1)
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    died.arm(0)
    await reveal(harness, TECH)
    assert isinstance(await harness.again(job.id), NothingToClaim)
    assert await enabled(harness, "new")


async def test_a_key_that_still_waits_is_disabled_again(harness: Harness) -> None:
    """It was enabled without its owner"""
    job = await harness.job(TECH, CREATE)
    await harness.flows.dispatcher.run(job)
    (waiting,) = await harness.pending.pending_of(TECH)
    await harness.account.set_enabled(DEV.id, waiting.api_key, enabled=True)
    assert isinstance(await harness.flows.dispatcher.run(job), LinkReady)
    assert not await enabled(harness, "new")


async def test_a_key_that_was_deleted_meanwhile_is_not_created_again(harness: Harness) -> None:
    """Its credentials are stored: a second key would belong to no person"""
    job = await harness.job(TECH, CREATE)
    await harness.flows.dispatcher.run(job)
    (waiting,) = await harness.pending.pending_of(TECH)
    harness.account.remove_key(DEV.id, waiting.api_key)
    assert isinstance(await harness.flows.dispatcher.run(job), NothingToClaim)
    assert 1 == harness.account.calls["create_key"]


@pytest.mark.parametrize("collect", [False, True])
async def test_an_owner_cancels_what_was_created_before_the_request_ends(*, collect: bool) -> None:
    """The key exists, and its owner stops it although the request does not name it yet"""
    died = FailurePoint(method="replace")
    harness = failing(died)
    request = await approved(harness)
    died.arm(2)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    if collect:
        await reveal(harness, NEWCOMER)
    assert isinstance(await harness.run(COLLEAGUE, f"cancel {request.id}"), MayNotDecide)
    assert isinstance(await harness.run(NEWCOMER, f"cancel {request.id}"), KeyChanged)
    assert not await enabled(harness)
    assert isinstance(await harness.again(request.id), KeyCreated)
    assert not await enabled(harness)
    assert [] == await harness.pending.pending_of(NEWCOMER)


async def test_before_the_key_exists_it_is_too_late_to_cancel() -> None:
    """Nothing is there to be stopped; the credentials wait for their owner, disabled"""
    died = FailurePoint(method="add_pending")
    harness = failing(died)
    request = await approved(harness)
    died.arm(1)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    assert isinstance(await harness.run(NEWCOMER, f"cancel {request.id}"), TooLate)
