"""Wherever a process dies or Cloudinary fails, a key has its role before anyone can collect it."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from bot.domain.jobs import Job
from bot.domain.requests.machine import State
from bot.errors import CloudinaryError, Forbidden, KeysmithError, Unavailable
from tests.fakes.key_roles import UPLOADER
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, NEWCOMER, TECH, Harness
from tests.flows.requested import approved
from tests.flows.with_roles import with_roles

CALLS: Final = 60
"""More calls than any of these commands makes."""
Prepare = Callable[[Harness], Awaitable[Job]]


async def created(harness: Harness) -> Job:
    """A key that is created at once."""
    return await harness.job(TECH, f"key create new --env shop-dev --role {UPLOADER.id}")


async def requested(harness: Harness) -> Job:
    """A key that was requested and approved."""
    text = f"request shop-dev new --reason demo --role {UPLOADER.id}"
    return await queued(harness, (await approved(harness, text, NEWCOMER, to=ADMIN)).id)


async def changed(harness: Harness) -> Job:
    """A role that is added at once."""
    harness.account.add_key(DEV.id, "new", enabled=False)
    return await harness.job(TECH, f"key roles new add {UPLOADER.id}")


async def voted_for(harness: Harness) -> Job:
    """A role that was approved."""
    harness.account.add_key("e-prod", "new", enabled=False)
    text = f"key roles new add {UPLOADER.id} --env shop"
    return await queued(harness, (await approved(harness, text, TECH, to=COLLEAGUE)).id)


async def queued(harness: Harness, id_: str) -> Job:
    """The job of an approved request."""
    job = await harness.jobs.load(id_)
    assert job
    return job


STORIES: Final = (created, requested, changed, voted_for)
NEW_KEYS: Final = (created, requested)


async def situation(harness: Harness) -> tuple[int, int, int]:
    """How many keys of the name there are, how many roles they have, what waits to be claimed."""
    found = roles = 0
    for place in ("e-dev", "e-prod"):
        for key in await harness.account.keys(place):
            if key.name == "new":
                assert not key.enabled
                found += 1
                roles += len(await harness.account.roles_of_key(place, key.api_key))
    waits = [await harness.pending.pending_of(actor) for actor in (TECH, NEWCOMER)]
    return found, roles, sum(map(len, waits))


@pytest.mark.parametrize("prepare", STORIES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_killed_process_leaves_what_the_next_one_finishes(
    prepare: Prepare, *, after: bool
) -> None:
    """One key, one role, one set of credentials; a third process changes nothing more"""
    creates = prepare in NEW_KEYS
    for call in range(1, CALLS):
        died = FailurePoint()
        harness = with_roles(failing(died))
        job = await prepare(harness)
        died.arm(call, after=after)
        try:
            await harness.flows.dispatcher.run(job)
        except Crash:
            died.arm(0)
        else:
            assert call > len(STORIES)
            return
        _, roles, waits = await situation(harness)
        assert roles >= waits, call
        await harness.again(job.id)
        assert (1, 1, int(creates)) == await situation(harness), call
        await harness.again(job.id)
        assert (1, 1, int(creates)) == await situation(harness), call
    pytest.fail("every call was tried, and none was the last")


@pytest.mark.parametrize("prepare", STORIES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", ["give_role", "roles_of_key"])
@pytest.mark.parametrize(
    "error", [Forbidden("no", status=403), Unavailable("away", maybe_done=True)], ids=["no", "away"]
)
async def test_a_failing_cloudinary_leaves_no_key_that_waits_without_a_role(
    prepare: Prepare, method: str, error: CloudinaryError, *, after: bool
) -> None:
    """At every call about roles, before or after its work"""
    for call in range(1, CALLS):
        fault = FailurePoint(method=method, error=error)
        harness = with_roles(failing(fault))
        job = await prepare(harness)
        fault.arm(call, after=after)
        with_errors = False
        try:
            await harness.flows.dispatcher.run(job)
        except KeysmithError:
            with_errors = True
        if not (fault.blown or with_errors):
            assert call > 1
            return
        fault.arm(0)
        found, roles, waits = await situation(harness)
        assert roles >= waits
        assert found <= 1
        request = await harness.requests.load(job.id)
        if request:
            assert (request.state is State.CLAIMABLE) is (waits == 1)


async def test_of_two_role_changes_at_once_one_changes(harness: Harness) -> None:
    """And the other one finds it done"""
    with_roles(harness)
    first, second = [await changed_by(harness, actor) for actor in (TECH, COLLEAGUE)]
    outcomes = [await harness.flows.dispatcher.run(each) for each in (first, second)]

    assert ["roles_changed", "role_unchanged"] == [each.kind for each in outcomes]


async def changed_by(harness: Harness, actor: object) -> Job:
    """A role that is added at once."""
    assert actor in {TECH, COLLEAGUE}
    by = TECH if actor == TECH else COLLEAGUE
    return await harness.job(by, f"key roles ci-bot add {UPLOADER.id}")
