import asyncio
from pathlib import Path

from bot.domain.outcomes.decisions import TooLate, Voted
from bot.domain.outcomes.links import NothingToClaim
from bot.domain.pending import PendingState
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic
from tests.flows.harness import BILLING, COLLEAGUE, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    WISH,
    approved,
    asked,
    carried_out,
    collected,
    enabled,
    granted,
    kept,
    looked,
    rule,
    times_notified,
    topics,
    under,
)


async def test_each_reminder_waits_twice_as_long(harness: Harness) -> None:
    """After 15, 30 and 60 minutes; a reminder that is late is not repeated."""
    await asked(harness)
    counts = []
    for minutes in (14, 1, 14, 1, 29, 1):
        harness.clock.go_on(minutes=minutes)
        await looked(harness)
        await looked(harness)
        counts.append(times_notified(harness, Topic.REMINDER))
    assert [0, 1, 1, 2, 2, 3] == counts
    harness.clock.go_on(hours=6)
    await looked(harness)
    await looked(harness)
    assert 4 == times_notified(harness, Topic.REMINDER)


async def test_a_request_without_a_decision_expires_with_one_message(harness: Harness) -> None:
    """The requester gets a message, and nothing is executed."""
    request = await asked(harness)
    harness.clock.go_on(hours=8)
    await asyncio.gather(*(harness.flows.deadline_keeper.look() for _ in range(3)))
    assert State.EXPIRED is (await kept(harness, request)).state
    told = [said.to for said in harness.requests.notifications if said.topic is Topic.EXPIRED]
    assert ["", "", NEWCOMER.user_id] == told
    assert isinstance(await harness.run(TECH, f"approve {request.id}"), TooLate)
    assert request.id not in harness.jobs.queue


async def test_of_a_vote_and_the_clock_at_the_same_time_one_wins(harness: Harness) -> None:
    """At the last moment it is approved and executed, or expired and not executed."""
    request = await asked(harness)
    harness.clock.go_on(hours=8, microseconds=-1)
    word = asyncio.create_task(harness.run(TECH, f"approve {request.id}"))
    await asyncio.sleep(0)
    harness.clock.go_on(microseconds=1)
    outcome, _ = await asyncio.gather(word, harness.flows.deadline_keeper.look())
    end = (await kept(harness, request)).state
    assert isinstance(outcome, Voted) is (end is State.APPROVED)
    assert (request.id in harness.jobs.queue) is (end is State.APPROVED)
    assert end in {State.APPROVED, State.EXPIRED}


async def test_an_approved_request_does_not_expire(harness: Harness) -> None:
    """A long outage may delay its execution."""
    request = await approved(harness)
    harness.clock.go_on(days=2)
    await looked(harness)
    await carried_out(harness, request)
    assert State.CLAIMABLE is (await kept(harness, request)).state


async def test_a_request_follows_the_collection(harness: Harness) -> None:
    """The owner opened the link, so the request is claimed, and Collect goes."""
    request = await collected(harness)
    assert State.CLAIMED is request.state
    assert [Topic.CLAIMED, Topic.SETTLED] == topics(harness)[-2:]


async def test_credentials_that_are_not_collected_lapse_and_never_work(harness: Harness) -> None:
    """The pending credentials end too."""
    request = await granted(harness)
    harness.clock.go_on(hours=8)
    await looked(harness)
    assert State.LAPSED is (await kept(harness, request)).state
    assert isinstance(await harness.run(NEWCOMER, "claim"), NothingToClaim)
    assert not await enabled(harness)


async def test_credentials_collected_at_the_last_moment_do_not_lapse(harness: Harness) -> None:
    """The owner was faster than the clock."""
    request = await granted(harness)
    harness.pending.collect(request.id)
    harness.clock.go_on(hours=8)
    await looked(harness)
    assert State.CLAIMED is (await kept(harness, request)).state
    pending = await harness.pending.find_pending(request.id)
    assert pending
    assert PendingState.CLAIMED is pending.state


async def test_a_key_that_is_disabled_before_it_is_collected_lapses(harness: Harness) -> None:
    """A person disabled the key."""
    request = await granted(harness)
    await harness.run(TECH, "key disable deploy --env shop-dev")
    harness.requests.wake(request.id)
    await looked(harness)
    assert State.LAPSED is (await kept(harness, request)).state


async def test_after_the_escalation_others_may_vote_too(harness: Harness, tmp_path: Path) -> None:
    """There is one message; before it, their votes do not count."""
    required = '@approvals("1")\n@approvers("admins")\n@escalate("1h key_roles")'
    under(harness, tmp_path, rule("key:request", required))
    request = await asked(harness)
    assert not isinstance(await harness.run(TECH, f"approve {request.id}"), Voted)
    harness.clock.go_on(hours=1)
    await looked(harness)
    await looked(harness)
    assert 1 == times_notified(harness, Topic.ESCALATED)
    assert isinstance(await harness.run(TECH, f"approve {request.id}"), Voted)
    await carried_out(harness, request)
    assert State.CLAIMABLE is (await kept(harness, request)).state


async def test_an_emergency_has_reminders_until_its_review(
    harness: Harness, tmp_path: Path
) -> None:
    """The requester cannot review; the reminder comes at least once a day."""
    required = '@approvals("1")\n@approvers("key_roles")\n@emergency("key_roles")'
    under(harness, tmp_path, rule("key:request", required))
    request = await asked(harness, f"{WISH} --emergency", TECH)
    await carried_out(harness, request)
    for _ in range(3):
        harness.clock.go_on(days=1)
        await looked(harness)
        await looked(harness)
    review_reminders = times_notified(harness, Topic.REVIEW_REMINDER)
    assert 3 <= review_reminders <= 6
    review = f"review {request.id} --comment fine"
    assert not isinstance(await harness.run(TECH, review), Voted)
    assert isinstance(await harness.run(COLLEAGUE, review), Voted)
    harness.clock.go_on(days=3)
    await looked(harness)
    assert review_reminders == times_notified(harness, Topic.REVIEW_REMINDER)


async def test_nothing_is_due_for_requests_that_are_over(harness: Harness) -> None:
    """Requests that are over cost a look nothing."""
    for end in ("deny {} --reason no", "approve {}"):
        request = await asked(harness)
        await harness.run(TECH, end.format(request.id))
    cancelled = await asked(harness, WISH, BILLING)
    await harness.run(BILLING, f"cancel {cancelled.id}")
    harness.clock.go_on(days=40)
    assert [] == await harness.requests.due(harness.clock.now(), 10)
