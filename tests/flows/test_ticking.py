import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.claims import ClaimState
from bot.domain.outcomes import NothingToClaim, TooLate, Voted
from bot.domain.people import Actor
from bot.domain.requests import Request, State
from bot.domain.sayings import Audience, Topic
from bot.errors import Unavailable
from bot.flows.executing import SOAK
from bot.flows.ticking import AGAIN
from tests.flows.fuses import Crash, Fuse, fused
from tests.flows.office import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    TECH,
    Office,
    staffed,
)
from tests.flows.requested import (
    WISH,
    agreed,
    asked,
    carried_out,
    collected,
    granted,
    kept,
    looked,
    rule,
    topics,
    under,
)

TWO_DAYS = f"{WISH} --expires 2d"
AWAY = Unavailable("away", maybe_done=False)


def times_said(office: Office, topic: Topic) -> int:
    """How often something was said, each time once."""
    said = {Audience.PERSON, Audience.THREAD, Audience.SECURITY}
    every = [each.audience for each in office.requests.said if each.topic is topic]
    return max((every.count(audience) for audience in said), default=0)


async def enabled(office: Office, name: str = "deploy") -> bool:
    """Whether the key works."""
    return (await office.key(DEV, name)).enabled


async def test_reminders_come_at_twice_the_distance_each(office: Office) -> None:
    """After 15, 30, 60 minutes; one that is late is not made up for"""
    await asked(office)
    counts = []
    for minutes in (14, 1, 14, 1, 29, 1):
        office.clock.go_on(minutes=minutes)
        await looked(office)
        await looked(office)
        counts.append(times_said(office, Topic.REMINDER))
    assert [0, 1, 1, 2, 2, 3] == counts
    office.clock.go_on(hours=6)
    await looked(office)
    await looked(office)
    assert 4 == times_said(office, Topic.REMINDER)


async def test_a_request_that_nobody_decides_on_expires_and_says_so_once(office: Office) -> None:
    """The requester is told, and nothing is carried out"""
    request = await asked(office)
    office.clock.go_on(hours=8)
    await asyncio.gather(*(office.ticker.look() for _ in range(3)))
    assert State.EXPIRED is (await kept(office, request)).state
    told = [said.to for said in office.requests.said if said.topic is Topic.EXPIRED]
    assert ["", "", NEWCOMER.user_id] == told
    assert isinstance(await office.says(TECH, f"approve {request.id}"), TooLate)
    assert request.id not in office.errands.queue


async def test_of_a_word_and_the_clock_at_once_one_wins(office: Office) -> None:
    """At the very end: approved and carried out, or expired and not"""
    request = await asked(office)
    office.clock.go_on(hours=8, microseconds=-1)
    word = asyncio.create_task(office.says(TECH, f"approve {request.id}"))
    await asyncio.sleep(0)
    office.clock.go_on(microseconds=1)
    outcome, _ = await asyncio.gather(word, office.ticker.look())
    end = (await kept(office, request)).state
    assert isinstance(outcome, Voted) is (end is State.APPROVED)
    assert (request.id in office.errands.queue) is (end is State.APPROVED)
    assert end in {State.APPROVED, State.EXPIRED}


async def test_an_approved_request_does_not_expire(office: Office) -> None:
    """However long an outage keeps it from being carried out"""
    request = await agreed(office)
    office.clock.go_on(days=2)
    await looked(office)
    await carried_out(office, request)
    assert State.CLAIMABLE is (await kept(office, request)).state


async def test_collecting_is_noticed_and_told(office: Office) -> None:
    """The owner opened the link, so the request is collected"""
    request = await collected(office)
    assert State.CLAIMED is request.state
    assert [Topic.CLAIMED] == topics(office)[-1:]


async def test_credentials_that_nobody_collects_lapse_and_never_work(office: Office) -> None:
    """The claim ends with them"""
    request = await granted(office)
    office.clock.go_on(hours=8)
    await looked(office)
    assert State.LAPSED is (await kept(office, request)).state
    assert isinstance(await office.says(NEWCOMER, "claim"), NothingToClaim)
    assert not await enabled(office)


async def test_what_is_collected_at_the_last_moment_does_not_lapse(office: Office) -> None:
    """The claim was faster than the clock"""
    request = await granted(office)
    office.claims.collect(request.id)
    office.clock.go_on(hours=8)
    await looked(office)
    assert State.CLAIMED is (await kept(office, request)).state
    claim = await office.claims.find_claim(request.id)
    assert claim
    assert ClaimState.CLAIMED is claim.state


async def test_a_key_that_is_disabled_before_it_is_collected_lapses(office: Office) -> None:
    """Somebody took it back"""
    request = await granted(office)
    await office.says(TECH, "key disable deploy --env shop-dev")
    office.requests.wake(request.id)
    await looked(office)
    assert State.LAPSED is (await kept(office, request)).state


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
        await office.ticker.look()
    except Crash:
        return True
    return False


async def test_cloudinary_away_at_the_end_of_access_is_tried_again(office: Office) -> None:
    """Half a minute later, and nothing is told before"""
    await collected(office, TWO_DAYS)
    office.clock.go_on(days=2)
    office.account.fail_next("set_enabled", AWAY)
    assert [AWAY] == await office.ticker.look()
    assert 0 == times_said(office, Topic.ENDED)
    await looked(office)
    assert await enabled(office)
    office.clock.at += AGAIN
    await looked(office)
    assert not await enabled(office)


@pytest.mark.xfail(strict=True, reason="the end disables the key though it loses to a renewal")
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
        await asyncio.gather(renewing, office.ticker.look())
        ended = (await kept(office, former)).ended
        assert (lag, not ended) == (lag, await enabled(office))


async def test_what_fails_for_one_request_keeps_no_other_waiting(office: Office) -> None:
    """Each of a batch is looked at"""
    first = await collected(office, "request shop-dev one --reason x --expires 2d")
    second = await collected(office, "request shop-dev two --reason x --expires 2d")
    assert first.ends_at == second.ends_at
    office.clock.go_on(days=2)
    office.account.fail_next("set_enabled", AWAY)
    assert [AWAY] == await office.ticker.look()
    assert [True, False] == [await enabled(office, name) for name in ("one", "two")]


async def test_a_key_that_is_gone_has_no_access_to_end(office: Office) -> None:
    """It is told as ended all the same"""
    request = await collected(office, TWO_DAYS)
    office.account.remove_key(DEV.id, request.made)
    office.clock.go_on(days=2)
    await looked(office)
    assert (await kept(office, request)).ended


async def test_after_a_while_others_may_decide_too(office: Office, tmp_path: Path) -> None:
    """Once, it is said; before, their word does not count"""
    wanted = '@approvals("1")\n@approvers("admins")\n@escalate("1h key_roles")'
    under(office, tmp_path, rule("key:request", wanted))
    request = await asked(office)
    assert not isinstance(await office.says(TECH, f"approve {request.id}"), Voted)
    office.clock.go_on(hours=1)
    await looked(office)
    await looked(office)
    assert 1 == times_said(office, Topic.ESCALATED)
    assert isinstance(await office.says(TECH, f"approve {request.id}"), Voted)
    await carried_out(office, request)
    assert State.CLAIMABLE is (await kept(office, request)).state


async def test_an_emergency_calls_for_its_review_until_somebody_has_looked(
    office: Office, tmp_path: Path
) -> None:
    """Not the one who broke the glass; at least once a day"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@emergency("key_roles")'
    under(office, tmp_path, rule("key:request", wanted))
    request = await asked(office, f"{WISH} --emergency", TECH)
    await carried_out(office, request)
    for _ in range(3):
        office.clock.go_on(days=1)
        await looked(office)
        await looked(office)
    nagged = times_said(office, Topic.NAG)
    assert 3 <= nagged <= 6
    review = f"review {request.id} --comment fine"
    assert not isinstance(await office.says(TECH, review), Voted)
    assert isinstance(await office.says(COLLEAGUE, review), Voted)
    office.clock.go_on(days=3)
    await looked(office)
    assert nagged == times_said(office, Topic.NAG)


async def deleted(office: Office) -> Request:
    """Let one ask for the deletion of a key and another agree."""
    request = await agreed(office, "key delete ci-bot --env shop-dev", TECH, to=COLLEAGUE)
    await carried_out(office, request)
    return await kept(office, request)


async def names(office: Office) -> list[str]:
    """Keys of the development environment."""
    return [key.name for key in await office.account.keys(DEV.id)]


async def test_a_deletion_comes_true_after_its_soak(office: Office) -> None:
    """Not a moment before; once"""
    await deleted(office)
    office.clock.at += SOAK - timedelta(seconds=1)
    await looked(office)
    assert "ci-bot" in await names(office)
    office.clock.go_on(seconds=1)
    await asyncio.gather(*(looked(office) for _ in range(2)))
    assert "ci-bot" not in await names(office)
    assert 1 == times_said(office, Topic.DELETED)
    assert 1 == office.account.calls["delete"]


@pytest.mark.parametrize("actor", [TECH, ADMIN])
async def test_a_deletion_that_was_taken_back_does_not_come_true(
    office: Office, actor: Actor
) -> None:
    """Whoever enables the key within its soak keeps it"""
    request = await deleted(office)
    office.clock.go_on(days=6)
    await office.says(actor, "key restore ci-bot --env shop-dev")
    office.clock.go_on(days=1)
    await looked(office)
    assert await enabled(office, "ci-bot")
    assert Topic.RESTORED == (await kept(office, request)).outcome


@pytest.mark.xfail(strict=True, reason="a deletion taken back still deletes a disabled key")
async def test_a_key_that_is_disabled_after_its_deletion_was_taken_back_is_not_deleted(
    office: Office,
) -> None:
    """The deletion is over; stopping a leak later does not bring it back"""
    await deleted(office)
    office.clock.go_on(days=1)
    await office.says(TECH, "key restore ci-bot --env shop-dev")
    office.clock.go_on(days=1)
    await office.says(TECH, "key disable ci-bot --env shop-dev")
    office.clock.go_on(days=6)
    await looked(office)
    assert "ci-bot" in await names(office)


async def test_nothing_is_due_of_what_is_over(office: Office) -> None:
    """A tick costs nothing, however many requests there were"""
    for end in ("deny {} --reason no", "approve {}"):
        request = await asked(office)
        await office.says(TECH, end.format(request.id))
    cancelled = await asked(office, WISH, BILLING)
    await office.says(BILLING, f"cancel {cancelled.id}")
    office.clock.go_on(days=40)
    assert [] == await office.requests.due(office.clock.now(), 10)
