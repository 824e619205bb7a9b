"""An approved change happens once, also where a process dies, a person leaves, or another acts.

A process that takes over finds the request in EXECUTING. It does not repeat what a person has
undone, takes no other person's change for its own, and does not fail what has happened.
"""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from bot.domain.outcomes.decisions import Voided
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Request, State
from bot.errors import Forbidden, Unavailable
from bot.flows.requests.eligibility import VOID
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness, staffed
from tests.flows.requested import (
    WAKE_UP,
    approved,
    carried_out,
    collected,
    enabled,
    give_role,
    kept,
    leave,
    looked,
    with_sleeper,
)
from tests.flows.test_executed_after_restart import (
    CALLS,
    EVERY,
    effects,
    ended_and_renewed,
    prepared,
)
from tests.flows.test_one_authority import let_through

DELETION: Final = ("key delete ci-bot --reason old", TECH, COLLEAGUE)
RENAMING: Final = ("key rename shop-web web --env shop --reason demo", TECH, COLLEAGUE)
BY_VOTES: Final = [each for each in EVERY if each[2]]


async def crashed(text: str, by: Actor, to: Actor | None) -> AsyncIterator[tuple[Harness, Request]]:
    """Each state that a process leaves when it dies before or after a call of an execution."""
    for call in range(1, CALLS):
        for after in (False, True):
            died = FailurePoint()
            harness = failing(died)
            request = await prepared(harness, text, by, to)
            died.arm(call, after=after)
            try:
                await carried_out(harness, request)
            except Crash:
                died.arm(0)
            else:
                return
            harness.rebuild()
            yield harness, request


async def renewed(harness: Harness, renewal: Request) -> Request:
    """The request whose access the renewal makes longer."""
    found = await harness.requests.opened_by(NEWCOMER, CALLS)
    return next(each for each in found if each.id != renewal.id)


async def long_after(harness: Harness, *requests: Request) -> None:
    """Keep every deadline, a month later."""
    harness.clock.go_on(days=30)
    for request in requests:
        harness.requests.wake(request.id)
    await looked(harness)


async def test_no_crash_leaves_a_renewed_key_enabled_for_good() -> None:
    """Also where the owner leaves before another process takes over"""
    worked = 0
    async for harness, renewal in crashed("renew", NEWCOMER, COLLEAGUE):
        worked += await enabled(harness)
        await leave(harness, NEWCOMER)
        await carried_out(harness, renewal)
        await long_after(harness, renewal, await renewed(harness, renewal))
        assert not await enabled(harness)
    assert worked


async def test_a_renewal_ends_as_if_no_process_had_died() -> None:
    """Wherever it died: the key works, until the new end"""
    async for harness, renewal in crashed("renew", NEWCOMER, COLLEAGUE):
        await carried_out(harness, renewal)
        assert await enabled(harness)
        assert not (await renewed(harness, renewal)).ended
        assert State.DONE is (await kept(harness, renewal)).state


@pytest.mark.parametrize("error", [Unavailable("away", maybe_done=True), Forbidden("no")], ids=str)
@pytest.mark.parametrize("done", [False, True])
async def test_a_renewal_that_is_given_up_ends_the_access_at_once(
    harness: Harness, error: Exception, *, done: bool
) -> None:
    """Cloudinary may have enabled the key although it gave no clear answer"""
    renewal = await ended_and_renewed(harness)
    harness.account.fail_next("set_enabled", error, after=done)
    with pytest.raises(type(error)):
        await carried_out(harness, renewal)
    job = await harness.jobs.load(renewal.id)
    assert job
    await harness.flows.executor.give_up(job)
    assert State.FAILED is (await kept(harness, renewal)).state
    old = await renewed(harness, renewal)
    harness.requests.wake(old.id)
    await looked(harness)
    assert not await enabled(harness)
    ended = await kept(harness, old)
    assert (ended.ended, ended.enabling) == (True, False)
    again = f"renew {old.id} --reason again --expires 1d"
    await carried_out(harness, await approved(harness, again, to=COLLEAGUE))
    assert await enabled(harness)


async def test_giving_up_a_renewal_leaves_access_alone_that_had_not_ended() -> None:
    """It enables no key, so its failure takes nothing away"""
    died = FailurePoint()
    harness = failing(died)
    old = await collected(harness, 'request shop-dev deploy --reason "builds" --expires 1d')
    harness.clock.go_on(hours=1)
    renewal = await approved(harness, f"renew {old.id} --reason more --expires 1d", to=COLLEAGUE)
    died.method = "replace"
    died.arm(2, after=True)
    with pytest.raises(Crash):
        await carried_out(harness, renewal)
    died.arm(0)
    job = await harness.jobs.load(renewal.id)
    assert job
    await harness.flows.executor.give_up(job)
    assert State.FAILED is (await kept(harness, renewal)).state
    assert (await kept(harness, renewal)).ends_at == (await kept(harness, old)).ends_at
    harness.clock.go_on(hours=1)
    harness.requests.wake(old.id)
    await looked(harness)
    assert await enabled(harness)


async def test_a_renewal_that_comes_after_its_end_enables_nothing(harness: Harness) -> None:
    """Its approval waited longer than the access was to last"""
    renewal = await ended_and_renewed(harness)
    harness.clock.go_on(days=2)
    await carried_out(harness, renewal)
    assert not await enabled(harness)


@pytest.mark.parametrize(("text", "by", "to"), [DELETION, RENAMING], ids=["delete", "rename"])
async def test_a_recorded_change_is_not_repeated_after_a_person_has_undone_it(
    text: str, by: Actor, to: Actor
) -> None:
    """The process died after it had recorded the change, before it settled the request"""
    undone = 0
    async for harness, request in crashed(text, by, to):
        job = await harness.jobs.load(request.id)
        if (
            job is None
            or not job.finished
            or State.EXECUTING is not (await kept(harness, request)).state
        ):
            continue
        place, key = request.terms.environment_id, request.terms.key
        await harness.account.set_enabled(place, key, enabled=True)
        await harness.account.rename(place, key, request.terms.name)
        before = str(await effects(harness))
        await carried_out(harness, request)
        after = await kept(harness, request)
        assert before == str(await effects(harness))
        assert (State.DONE, None) == (after.state, after.delete_at)
        await long_after(harness, request)
        assert before == str(await effects(harness))
        undone += 1
    assert undone


@pytest.mark.parametrize(("text", "by", "to"), BY_VOTES, ids=[text for text, _, _ in BY_VOTES])
async def test_what_has_happened_is_settled_although_its_requester_has_left(
    text: str, by: Actor, to: Actor | None
) -> None:
    """And what has not happened does not happen any more"""
    states = set[State]()
    async for harness, request in crashed(text, by, to):
        left = str(await effects(harness))
        await leave(harness, request.terms.requester)
        await carried_out(harness, request)
        now = await kept(harness, request)
        assert left == str(await effects(harness))
        happened = now.state in {State.DONE, State.CLAIMABLE}
        assert happened or now.outcome == VOID, (now.state, now.outcome)
        states.add(now.state)
    assert states & {State.DONE, State.CLAIMABLE}
    assert states - {State.DONE, State.CLAIMABLE}


async def test_a_change_that_another_person_makes_is_not_taken_for_its_own() -> None:
    """A deletion began and did nothing; another disables the key: nothing deletes it later"""
    harness = staffed()
    request = await let_through(harness, *DELETION)
    harness.account.fail_next("set_enabled", Unavailable("away", maybe_done=False))
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    harness.clock.go_on(minutes=1)
    await harness.run(ADMIN, "key disable ci-bot --env shop-dev")
    give_role(harness, COLLEAGUE, Role.REPORTS)
    assert isinstance(await carried_out(harness, request), Voided)
    await long_after(harness, request)
    assert not (await harness.key(DEV, "ci-bot")).enabled


async def test_an_enabling_that_another_person_makes_is_not_taken_for_its_own() -> None:
    """It began and did nothing; another request enables the key"""
    harness = staffed()
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    harness.account.fail_next("set_enabled", Unavailable("away", maybe_done=False))
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    harness.clock.go_on(minutes=1)
    other = await approved(harness, f"{WAKE_UP} --reason demo", ADMIN, to=CHIEF)
    await carried_out(harness, other)
    assert (await harness.key(PROD, "sleeper")).enabled
    give_role(harness, COLLEAGUE, Role.REPORTS)
    assert isinstance(await carried_out(harness, request), Voided)


async def test_a_key_that_another_person_created_is_not_taken_for_its_own() -> None:
    """A creation began and did nothing; a person creates a key of that name in the Console"""
    harness = staffed()
    request = await let_through(harness, "key create new --env shop --reason demo", TECH, ADMIN)
    harness.account.fail_next("create_key", Unavailable("away", maybe_done=False))
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    theirs = (await harness.account.create_key(PROD, "new")).key
    await harness.account.set_enabled(PROD.id, theirs.api_key, enabled=True)
    give_role(harness, ADMIN, Role.REPORTS)
    assert isinstance(await carried_out(harness, request), Voided)
    assert (await harness.key(PROD, "new")).enabled
