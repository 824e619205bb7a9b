"""What crashes, failures of Cloudinary and races leave of an offboarding."""

from dataclasses import replace
from typing import Final

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Request, State
from bot.errors import Forbidden, Unavailable
from tests.fakes.bulks import FakeBulks
from tests.fakes.delegations import FakeDelegations
from tests.flows.failing_fakes import Crash, Failing, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, DEV, TECH, Harness, staffed
from tests.flows.offboarding import OFFBOARD, has, offboarding, previewed, settled_in
from tests.flows.requested import asked, carried_out, kept, one_after

SECOND: Final = Actor("T1", "U0SECOND")
"""Another master admin."""


class FailingBulks(Failing, FakeBulks):
    """Bulk acts behind a failure point."""


class FailingDelegations(Failing, FakeDelegations):
    """Delegations behind a failure point."""


async def ready(point: FailurePoint) -> tuple[Harness, Request]:
    """An approved offboarding of a person who has one of everything."""
    harness = failing(point)
    bulks, delegations = FailingBulks(), FailingDelegations()
    harness.bulks, harness.delegations = bulks, delegations
    bulks.failure_point = delegations.failure_point = point
    harness.rebuild()
    await settled_in(harness)
    return harness, await offboarding(harness)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_at_any_call_leaves_one_effect_of_each_part(*, after: bool) -> None:
    """Each call of every port; the job runs again and recognises what is done"""
    at, done = 0, False
    while not done:
        at += 1
        point = FailurePoint()
        harness, request = await ready(point)
        point.arm(at, after=after)
        try:
            await carried_out(harness, request)
        except Crash:
            point.arm(0)
            await harness.again(request.id)
        else:
            done = True
        point.arm(0)
        assert [] == await has(harness), at
        assert State.DONE is (await kept(harness, request)).state, at
        ended = [it.job for it in harness.jobs.entries if it.event is AuditEvent.DONE]
        assert len({*ended}) == len(ended), at
        assert 4 == len(ended), at  # user, key, link, group
        bulk = await harness.bulks.load(request.id)
        assert bulk
        assert ["done"] * 7 == [str(part.state) for part in bulk.parts], at
        assert 2 == len(harness.delegations.entries), at


CALLS: Final = ("set_user_enabled", "set_enabled", "drop_member")
"""What offboarding changes at Cloudinary."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", [Unavailable("500", maybe_done=True), Forbidden("no")])
async def test_cloudinary_fails_at_one_part(
    harness: Harness, call: str, error: Exception, *, after: bool
) -> None:
    """Before the work or after it: what is left ends by resuming, with one effect of each"""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.account.fail_next(call, error, after=after)
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, BulkReported)
    if outcome.bulk.resumable:
        assert State.FAILED is (await kept(harness, request)).state
        outcome = await harness.run(ADMIN, f"{OFFBOARD} --resume {request.id}")
        assert isinstance(outcome, BulkReported)
    assert not outcome.bulk.resumable
    assert [] == await has(harness)


async def of(harness: Harness, person: Actor, by: Actor, *to: Actor, parts: str = "") -> Request:
    """The approved offboarding of a person."""
    bulk = await previewed(harness, f"user offboard @{person.user_id}", by)
    some = f" --parts {parts}" if parts else ""
    text = f"user offboard @{person.user_id} --list {bulk.id}{some} --reason left"
    request = await asked(harness, text, by)
    for voter in to:
        await harness.run(voter, f"approve {request.id}")
    return request


async def test_of_two_master_admins_at_once_one_stays() -> None:
    """Each is offboarded by the other: the check is inside the lock, and stops every part"""
    for lag in range(60):
        harness = staffed()
        harness.add_member(SECOND, Role.MASTER_ADMIN)
        harness.add_member(TECH, Role.ADMIN)
        harness.account.refuses_last = False
        harness.account.add_group("Content")
        for each in (CHIEF, SECOND):
            user = harness.account.user_now(f"u-{each.user_id}")
            harness.account.add_user(user, groups=["Content"])
        first = await of(harness, SECOND, CHIEF, ADMIN, TECH)
        second = await of(harness, CHIEF, SECOND, ADMIN, TECH)
        await one_after(harness, first, second, lag=lag)
        users = [harness.account.user_now(f"u-{each.user_id}") for each in (CHIEF, SECOND)]
        (stays,) = [each for each in users if each.enabled]
        assert await harness.account.groups_of(stays.id), lag  # not one part of theirs ran


async def test_what_the_person_gets_meanwhile_stays(harness: Harness) -> None:
    """A key, a group and a request that the approvers did not see"""
    await settled_in(harness)
    request = await offboarding(harness)
    await harness.run(TECH, "key create later --env shop-dev")
    later = await harness.key(DEV, "later")
    await harness.account.set_enabled(DEV.id, later.api_key, enabled=True)
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, BulkReported)
    assert 7 == len(outcome.bulk.parts)
    assert (await harness.key(DEV, "later")).enabled


async def test_what_changed_meanwhile_is_left_alone(harness: Harness) -> None:
    """A delegation to another person, and a group that gives more than it did"""
    await settled_in(harness)
    request = await offboarding(harness, "delegations,groups")
    for by, it in tuple(harness.delegations.kept.items()):
        changed = replace(it, to=Actor("T1", "U0OTHER"), job="j1")
        harness.delegations.kept[by] = changed
    (group,) = await harness.account.user_groups()
    await harness.account.rename_group(group.id, "Other")
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, BulkReported)
    assert {"skipped"} == {str(part.state) for part in outcome.bulk.parts}
    assert ["delegation", "delegation", "group"] == (await has(harness))[-3:]


async def test_a_key_is_disabled_whatever_it_is_named_now(harness: Harness) -> None:
    """Its API key is what approvers approved: a new name saves no key"""
    await settled_in(harness)
    request = await offboarding(harness, "keys")
    mine = await harness.key(DEV, "mine")
    await harness.account.rename(DEV.id, mine.api_key, "other")
    await carried_out(harness, request)
    assert not (await harness.key(DEV, "other")).enabled


async def test_the_second_of_two_equal_offboardings_finds_nothing_left(harness: Harness) -> None:
    """It ends well: there is nothing that failed"""
    await settled_in(harness)
    first, second = await offboarding(harness), await offboarding(harness)
    await carried_out(harness, first)
    outcome = await carried_out(harness, second)
    assert isinstance(outcome, BulkReported)
    assert not outcome.bulk.resumable
    assert State.DONE is (await kept(harness, second)).state
