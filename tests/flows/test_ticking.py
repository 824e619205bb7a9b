import asyncio
from pathlib import Path

from bot.domain.claims import ClaimState
from bot.domain.decided import TooLate, Voted
from bot.domain.outcomes import NothingToClaim
from bot.domain.requests import State
from bot.domain.sayings import Topic
from tests.flows.office import (
    BILLING,
    COLLEAGUE,
    NEWCOMER,
    TECH,
    Office,
)
from tests.flows.requested import (
    WISH,
    agreed,
    asked,
    carried_out,
    collected,
    enabled,
    granted,
    kept,
    looked,
    rule,
    times_said,
    topics,
    under,
)


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
    await asyncio.gather(*(office.flows.ticker.look() for _ in range(3)))
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
    outcome, _ = await asyncio.gather(word, office.flows.ticker.look())
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


async def test_nothing_is_due_of_what_is_over(office: Office) -> None:
    """A tick costs nothing, however many requests there were"""
    for end in ("deny {} --reason no", "approve {}"):
        request = await asked(office)
        await office.says(TECH, end.format(request.id))
    cancelled = await asked(office, WISH, BILLING)
    await office.says(BILLING, f"cancel {cancelled.id}")
    office.clock.go_on(days=40)
    assert [] == await office.requests.due(office.clock.now(), 10)
