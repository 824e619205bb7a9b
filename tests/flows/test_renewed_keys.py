"""A renewed key works, or no person is told that it does."""

from dataclasses import replace
from typing import Final

import pytest

from bot.domain.audit import AuditEvent, Entry
from bot.domain.outcomes.requests import NotAskable
from bot.domain.people import Role
from bot.domain.requests.machine import Cause, Event, Request, State, move
from bot.domain.requests.notifications import Topic
from bot.errors import Unavailable
from bot.flows.keys.renew import APPLIED
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import COLLEAGUE, DEV, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    approved,
    asked,
    carried_out,
    collected,
    enabled,
    give_role,
    kept,
    looked,
    times_notified,
)
from tests.flows.test_executed_after_restart import ended_and_renewed
from tests.flows.test_executed_once import long_after, renewed

SETTLING: Final = 4
"""The fourth write of a renewal that enables a key: begun, stored, enabled, settled."""


async def fails(harness: Harness, request_id: str) -> None:
    """Cloudinary refuses the enabling."""
    harness.account.fail_next("set_enabled", Unavailable("503", maybe_done=False))
    request = await harness.requests.load(request_id)
    assert request
    with pytest.raises(Unavailable):
        await carried_out(harness, request)


async def give_up(harness: Harness, request_id: str) -> None:
    """A worker tries it no more."""
    job = await harness.jobs.load(request_id)
    assert job
    await harness.flows.executor.give_up(job)


async def two_renewals(harness: Harness) -> tuple[Request, Request, Request]:
    """The access, a renewal that could not enable the key, and a later one that is approved."""
    first = await ended_and_renewed(harness)
    old = await renewed(harness, first)
    second = await asked(harness, f"renew {old.id} --reason more --expires 5d", NEWCOMER)
    await fails(harness, first.id)
    await harness.run(COLLEAGUE, f"approve {second.id}")
    return old, first, second


async def test_a_second_renewal_enables_what_the_first_one_could_not(harness: Harness) -> None:
    """And the failure of the first one takes nothing from it"""
    old, first, second = await two_renewals(harness)
    await carried_out(harness, second)
    assert await enabled(harness)
    await give_up(harness, first.id)
    harness.requests.wake(old.id)
    await looked(harness)
    assert await enabled(harness)


async def test_giving_up_a_renewal_ends_nothing_of_a_later_one(harness: Harness) -> None:
    """The later one tries to enable the key as well"""
    old, first, second = await two_renewals(harness)
    await fails(harness, second.id)
    ends_at = (await kept(harness, old)).ends_at
    await give_up(harness, first.id)
    assert ends_at == (await kept(harness, old)).ends_at
    await carried_out(harness, second)
    assert await enabled(harness)
    assert State.DONE is (await kept(harness, second)).state


async def test_giving_up_a_renewal_whose_key_works_ends_nothing() -> None:
    """Its process died again and again before it settled the request"""
    died = FailurePoint()
    harness = failing(died)
    renewal = await ended_and_renewed(harness)
    died.method = "replace"
    died.arm(SETTLING)
    with pytest.raises(Crash):
        await carried_out(harness, renewal)
    died.arm(0)
    await give_up(harness, renewal.id)
    harness.requests.wake((await renewed(harness, renewal)).id)
    await looked(harness)
    assert await enabled(harness)


async def test_a_renewal_enables_a_key_whose_end_came_without_an_answer(harness: Harness) -> None:
    """The key is disabled, and the access counts as not ended yet"""
    old = await collected(harness, 'request shop-dev deploy --reason "builds" --expires 1d')
    harness.clock.go_on(days=1, minutes=1)
    harness.requests.wake(old.id)
    harness.account.fail_next("set_enabled", Unavailable("504", maybe_done=True), after=True)
    assert await harness.flows.deadline_keeper.look()
    assert not await enabled(harness)
    renewal = f"renew {old.id} --reason more --expires 1d"
    await carried_out(harness, await approved(harness, renewal, to=COLLEAGUE))
    assert await enabled(harness)


async def test_the_owner_hears_of_a_renewal_once_the_key_works(harness: Harness) -> None:
    """Not before a failure"""
    renewal = await ended_and_renewed(harness)
    await fails(harness, renewal.id)
    assert not times_notified(harness, Topic.RENEWED)
    await carried_out(harness, renewal)
    assert times_notified(harness, Topic.RENEWED) == 1


async def test_a_renewal_that_is_over_before_it_runs_fails(harness: Harness) -> None:
    """It tells of no renewal, and ends nothing that a person enabled meanwhile"""
    renewal = await ended_and_renewed(harness)
    harness.clock.go_on(days=2)
    await harness.run(TECH, "key enable deploy --env shop-dev")
    assert isinstance(await carried_out(harness, renewal), NotAskable)
    await long_after(harness, renewal, await renewed(harness, renewal))
    assert await enabled(harness)
    assert not times_notified(harness, Topic.RENEWED)


async def test_a_renewal_of_the_former_version_ends_too(harness: Harness) -> None:
    """It had enabled the key before it stored the end; its approver was demoted meanwhile"""
    renewal = await ended_and_renewed(harness)
    approval = await kept(harness, renewal)
    begun = move(approval, Event.BEGIN, Cause.ENGINE, harness.clock.now()).request
    harness.requests._kept[renewal.id] = begun
    job = await harness.jobs.load(renewal.id)
    assert job
    entry = Entry(harness.clock.now(), AuditEvent.BEGUN, job.action, job=job.id)
    begun_job = await harness.jobs.begin(job, APPLIED, entry)
    harness.jobs._kept[job.id] = replace(begun_job, begun_at=None)
    await harness.account.set_enabled(
        DEV.id, (await harness.key(DEV, "deploy")).api_key, enabled=True
    )
    give_role(harness, COLLEAGUE, Role.BILLING)
    await carried_out(harness, renewal)
    assert State.FAILED is (await kept(harness, renewal)).state
    await long_after(harness, await renewed(harness, renewal))
    assert not await enabled(harness)
