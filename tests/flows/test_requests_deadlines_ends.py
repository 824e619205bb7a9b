import pytest

from bot.domain.outcomes.links import NothingToClaim
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic
from bot.errors import Unavailable
from bot.flows.requests.deadlines import AGAIN
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import DEV, NEWCOMER, Harness
from tests.flows.requested import (
    WISH,
    collected,
    enabled,
    granted,
    kept,
    looked,
    times_notified,
)

TWO_DAYS = f"{WISH} --expires 2d"


AWAY = Unavailable("away", maybe_done=False)


async def test_access_ends_on_time_after_two_warnings(harness: Harness) -> None:
    """A day before and an hour before; then the key is disabled."""
    await collected(harness, TWO_DAYS)
    seen: list[tuple[int, bool]] = []
    for hours in (23, 1, 22, 1, 1):
        harness.clock.go_on(hours=hours)
        await looked(harness)
        await looked(harness)
        seen.append((times_notified(harness, Topic.ENDING), await enabled(harness)))
    assert [(0, True), (1, True), (1, True), (2, True), (2, False)] == seen
    assert 1 == times_notified(harness, Topic.ENDED)


async def test_access_that_ends_before_it_is_collected_lapses(harness: Harness) -> None:
    """No key is enabled after its access ended."""
    request = await granted(harness, f"{WISH} --expires 1h")
    harness.clock.go_on(hours=1)
    await looked(harness)
    assert State.LAPSED is (await kept(harness, request)).state
    assert isinstance(await harness.run(NEWCOMER, "claim"), NothingToClaim)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_process_that_dies_while_access_ends_leaves_it_to_the_next(*, after: bool) -> None:
    """At each call in turn: the key is disabled, with one message."""
    at, died = 0, True
    while died:
        at += 1
        failure_point = FailurePoint()
        harness = failing(failure_point)
        await collected(harness, TWO_DAYS)
        harness.clock.go_on(days=2)
        failure_point.arm(at, after=after)
        died = await crashed(harness)
        failure_point.arm(0)
        await looked(harness)
        assert (False, at) == (await enabled(harness), at)
        assert (1, at) == (times_notified(harness, Topic.ENDED), at)
    assert at > 3


async def crashed(harness: Harness) -> bool:
    """Keep the deadlines once, and return whether the process died."""
    try:
        await harness.flows.deadline_keeper.look()
    except Crash:
        return True
    return False


async def test_cloudinary_away_at_the_end_of_access_is_tried_again(harness: Harness) -> None:
    """Half a minute later, with no message before."""
    await collected(harness, TWO_DAYS)
    harness.clock.go_on(days=2)
    harness.account.fail_next("set_enabled", AWAY)
    assert [AWAY] == await harness.flows.deadline_keeper.look()
    assert 0 == times_notified(harness, Topic.ENDED)
    await looked(harness)
    assert await enabled(harness)
    harness.clock.at += AGAIN
    await looked(harness)
    assert not await enabled(harness)


async def test_a_failure_of_one_request_delays_no_other(harness: Harness) -> None:
    """Each request of a batch has its turn."""
    first = await collected(harness, "request shop-dev one --reason x --expires 2d")
    second = await collected(harness, "request shop-dev two --reason x --expires 2d")
    assert first.ends_at == second.ends_at
    harness.clock.go_on(days=2)
    harness.account.fail_next("set_enabled", AWAY)
    assert [AWAY] == await harness.flows.deadline_keeper.look()
    assert [True, False] == [await enabled(harness, name) for name in ("one", "two")]


async def test_a_key_that_is_gone_has_no_access_to_end(harness: Harness) -> None:
    """The message is the same."""
    request = await collected(harness, TWO_DAYS)
    harness.account.remove_key(DEV.id, request.made)
    harness.clock.go_on(days=2)
    await looked(harness)
    assert (await kept(harness, request)).ended
