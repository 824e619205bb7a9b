"""Once execution has begun, everything is asked again until the effect exists.

A process that dies leaves its request in EXECUTING. The next one finishes what happened already,
and decides again about what did not.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from bot.domain.outcomes.decisions import Voided
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Request, State
from bot.errors import LockTaken, Unavailable
from bot.flows.requests.eligibility import VOID
from tests.fakes.locks import FakeLocks
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import (
    approved,
    asked,
    carried_out,
    collected,
    enabled,
    give_role,
    kept,
    looked,
)
from tests.flows.test_bindings_lost import RELEASE_TECH, USER, removed
from tests.flows.test_one_authority import APPROVED, everything, keys_in, let_through, refuse

CALLS: Final = 40
"""More calls than any execution makes."""


async def ended_and_renewed(harness: Harness) -> Request:
    """Access ends, and its key is disabled; a renewal is approved."""
    request = await collected(harness, 'request shop-dev deploy --reason "builds" --expires 1d')
    harness.clock.go_on(days=1, minutes=1)
    harness.requests.wake(request.id)
    await looked(harness)
    assert not await enabled(harness)
    renewal = await asked(harness, f"renew {request.id} --reason more --expires 1d", NEWCOMER)
    await harness.run(COLLEAGUE, f"approve {renewal.id}")
    return renewal


async def released(harness: Harness) -> Request:
    """A person's Cloudinary user is gone; the end of their binding is approved."""
    await harness.who(TECH)
    harness.account.remove_user(USER)
    return await approved(harness, RELEASE_TECH, ADMIN, to=CHIEF)


async def released_unreadable(harness: Harness) -> Request:
    """The same, where the record of the binding was removed from Redis."""
    await removed(harness)
    harness.account.remove_user("u-new")
    return await approved(harness, RELEASE_TECH, ADMIN, to=CHIEF)


PREPARED: Final[dict[str, Callable[[Harness], Awaitable[Request]]]] = {
    "renew": ended_and_renewed,
    "release": released,
    "release of an unreadable binding": released_unreadable,
}


async def prepared(harness: Harness, text: str, by: Actor, to: Actor | None) -> Request:
    """An approved request."""
    special = PREPARED.get(text)
    return await (special(harness) if special else let_through(harness, text, by, to))


async def effects(harness: Harness) -> object:
    """What executions change, apart from the requests."""
    return await keys_in(harness), dict(vars(harness.bindings)), dict(harness.tiers.kept)


EVERY: Final = (*APPROVED, *((text, NEWCOMER, COLLEAGUE) for text in PREPARED))


@pytest.mark.parametrize(("text", "by", "to"), EVERY, ids=[text for text, _, _ in EVERY])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_process_that_takes_over_does_nothing_without_asking(
    text: str, by: Actor, to: Actor | None, *, after: bool
) -> None:
    """Wherever the former one died: what happened stays, and what did not is refused"""
    finished = voided = 0
    for call in range(1, CALLS):
        died = FailurePoint()
        harness = failing(died)
        request = await prepared(harness, text, by, to)
        before = str(await effects(harness))
        died.arm(call, after=after)
        try:
            await carried_out(harness, request)
        except Crash:
            died.arm(0)
        else:
            break
        left = str(await effects(harness))
        refuse(harness, everything)
        await carried_out(harness, request)
        now = await kept(harness, request)
        assert left == str(await effects(harness)), call
        over = now.state in {State.DONE, State.CLAIMABLE}
        assert over or (now.outcome == VOID and left == before), (call, now.state, now.outcome)
        finished, voided = finished + over, voided + (not over)
    assert finished
    assert voided


async def test_a_renewal_asks_again_after_a_wait_in_line() -> None:
    """Its approver may decide no longer when its turn comes"""
    harness = staffed()
    harness.locks = FakeLocks()
    harness.rebuild()
    renewal = await ended_and_renewed(harness)
    async with harness.locks.hold(f"environment:{DEV.id}"):
        with pytest.raises(LockTaken):
            await carried_out(harness, renewal)
        give_role(harness, COLLEAGUE, Role.BILLING)
    assert isinstance(await carried_out(harness, renewal), Voided)
    assert not await enabled(harness)


@pytest.mark.parametrize("maybe_done", [False, True])
async def test_a_renewal_that_failed_asks_again(harness: Harness, *, maybe_done: bool) -> None:
    """Cloudinary refused the first attempt, or its answer was lost and the key is disabled"""
    renewal = await ended_and_renewed(harness)
    harness.account.fail_next("set_enabled", Unavailable("away", maybe_done=maybe_done))
    with pytest.raises(Unavailable):
        await carried_out(harness, renewal)
    give_role(harness, COLLEAGUE, Role.BILLING)
    assert isinstance(await carried_out(harness, renewal), Voided)
    assert not await enabled(harness)


async def test_a_tier_waits_in_line_as_a_change_does() -> None:
    """So that its wait ends with a second look"""
    harness = staffed()
    harness.locks = FakeLocks()
    harness.rebuild()
    text, by, to = next(each for each in APPROVED if each[0].startswith("env tier"))
    request = await let_through(harness, text, by, to)
    async with harness.locks.hold("environment:e-prod"):
        with pytest.raises(LockTaken):
            await carried_out(harness, request)
    refuse(harness, everything)
    assert isinstance(await carried_out(harness, request), Voided)
