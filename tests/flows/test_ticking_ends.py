import asyncio

import pytest

from bot.domain.outcomes import NothingToClaim
from bot.domain.requests import State
from bot.domain.sayings import Topic
from bot.errors import Unavailable
from bot.flows.requests.deadlines import AGAIN
from tests.flows.fuses import Crash, Fuse, fused
from tests.flows.office import (
    DEV,
    NEWCOMER,
    Office,
    staffed,
)
from tests.flows.requested import (
    WISH,
    agreed,
    carried_out,
    collected,
    enabled,
    granted,
    kept,
    looked,
    times_said,
)

TWO_DAYS = f"{WISH} --expires 2d"


AWAY = Unavailable("away", maybe_done=False)


async def test_access_ends_on_time_after_two_warnings(office: Office) -> None:
    """A day before, an hour before, and then the key is disabled"""
    await collected(office, TWO_DAYS)
    seen: list[tuple[int, bool]] = []
    for hours in (23, 1, 22, 1, 1):
        office.clock.go_on(hours=hours)
        await looked(office)
        await looked(office)
        seen.append((times_said(office, Topic.ENDING), await enabled(office)))
    assert [(0, True), (1, True), (1, True), (2, True), (2, False)] == seen
    assert 1 == times_said(office, Topic.ENDED)


async def test_access_that_ends_before_it_is_collected_lapses(office: Office) -> None:
    """No key begins to work after its end"""
    request = await granted(office, f"{WISH} --expires 1h")
    office.clock.go_on(hours=1)
    await looked(office)
    assert State.LAPSED is (await kept(office, request)).state
    assert isinstance(await office.says(NEWCOMER, "claim"), NothingToClaim)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_process_that_dies_while_access_ends_leaves_it_to_the_next(*, after: bool) -> None:
    """At each call in turn: the key is disabled, and it is told once"""
    at, died = 0, True
    while died:
        at += 1
        fuse = Fuse()
        office = fused(fuse)
        await collected(office, TWO_DAYS)
        office.clock.go_on(days=2)
        fuse.arm(at, after=after)
        died = await crashed(office)
        fuse.arm(0)
        await looked(office)
        assert (False, at) == (await enabled(office), at)
        assert (1, at) == (times_said(office, Topic.ENDED), at)
    assert at > 3


async def crashed(office: Office) -> bool:
    """Do what time does, and say whether the process died of it."""
    try:
        await office.flows.ticker.look()
    except Crash:
        return True
    return False


async def test_cloudinary_away_at_the_end_of_access_is_tried_again(office: Office) -> None:
    """Half a minute later, and nothing is told before"""
    await collected(office, TWO_DAYS)
    office.clock.go_on(days=2)
    office.account.fail_next("set_enabled", AWAY)
    assert [AWAY] == await office.flows.ticker.look()
    assert 0 == times_said(office, Topic.ENDED)
    await looked(office)
    assert await enabled(office)
    office.clock.at += AGAIN
    await looked(office)
    assert not await enabled(office)


async def test_of_a_renewal_and_the_end_at_once_the_key_is_as_the_request_says() -> None:
    """Wherever the two meet: it works where access goes on"""
    for lag in range(20):
        office = staffed()
        former = await collected(office, TWO_DAYS)
        renewal = await agreed(office, f"renew {former.id} --reason more --expires 7d")
        office.clock.go_on(days=2)
        renewing = asyncio.create_task(carried_out(office, renewal))
        for _ in range(lag):
            await asyncio.sleep(0)
        await asyncio.gather(renewing, office.flows.ticker.look())
        ended = (await kept(office, former)).ended
        assert (lag, not ended) == (lag, await enabled(office))


async def test_what_fails_for_one_request_keeps_no_other_waiting(office: Office) -> None:
    """Each of a batch is looked at"""
    first = await collected(office, "request shop-dev one --reason x --expires 2d")
    second = await collected(office, "request shop-dev two --reason x --expires 2d")
    assert first.ends_at == second.ends_at
    office.clock.go_on(days=2)
    office.account.fail_next("set_enabled", AWAY)
    assert [AWAY] == await office.flows.ticker.look()
    assert [True, False] == [await enabled(office, name) for name in ("one", "two")]


async def test_a_key_that_is_gone_has_no_access_to_end(office: Office) -> None:
    """It is told as ended all the same"""
    request = await collected(office, TWO_DAYS)
    office.account.remove_key(DEV.id, request.made)
    office.clock.go_on(days=2)
    await looked(office)
    assert (await kept(office, request)).ended
