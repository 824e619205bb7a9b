"""Keys that are created for another person, or until a date."""

from datetime import timedelta

import pytest

from bot.domain.outcomes.keys import KeyCreated, KeyProtected
from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Topic
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    CREATE,
    DEV,
    GUEST,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import approved, carried_out, kept, looked

FOR_COLLEAGUE = f"{CREATE} --owner @{COLLEAGUE.user_id}"
FOR_A_DAY = f"{CREATE} --expires 2d"


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


async def created(harness: Harness, text: str, by: Actor = TECH) -> Request:
    """Create a key by a request that needs no vote."""
    outcome = await harness.run(by, text)
    assert isinstance(outcome, Requested), outcome
    assert isinstance(await carried_out(harness, outcome.request), KeyCreated)
    return await kept(harness, outcome.request)


async def collected(harness: Harness, request: Request) -> Request:
    """Let its owner open the link."""
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    harness.pending.collect(request.id)
    harness.requests.wake(request.id)
    await looked(harness)
    return await kept(harness, request)


def told(harness: Harness, topic: Topic) -> list[str]:
    """Who got a direct message about that."""
    every = harness.requests.notifications
    return [it.to for it in every if it.topic is topic and it.audience is Audience.PERSON]


async def test_a_key_for_another_person_is_theirs_alone(harness: Harness) -> None:
    """They get the message, and the record says who created it"""
    request = await created(harness, FOR_COLLEAGUE)
    assert (State.CLAIMABLE, COLLEAGUE) == (request.state, request.terms.owner)
    assert [COLLEAGUE.user_id] == told(harness, Topic.READY)
    own = await harness.pending.owner_of(request.made)
    record = await harness.records.find(request.made)
    assert own
    assert record
    assert (COLLEAGUE, TECH, request.id) == (own.owner, record.history[0].by, record.request)
    assert not record.claimed
    assert (await kept(harness, await collected(harness, request))).state is State.CLAIMED
    found = await harness.records.find(request.made)
    assert found
    assert (True, True) == (found.claimed, found.enabled)


async def test_who_needs_a_vote_gets_no_key_from_another_without_one(harness: Harness) -> None:
    """Nor does a guest"""
    for who, reason in ((BILLING, NotAskableReason.OWNER), (GUEST, NotAskableReason.TEAMMATE)):
        outcome = await harness.run(TECH, f"{CREATE} --owner @{who.user_id}")
        assert isinstance(outcome, NotAskable), outcome
        assert reason is outcome.reason
    assert not [key for key in await harness.account.keys(DEV.id) if key.name == "new"]


async def test_in_production_one_vote_covers_the_owner_too(harness: Harness) -> None:
    """The owner does not vote for themselves"""
    text = f"key create new --env shop --owner @{BILLING.user_id} --expires 7d"
    request = await approved(harness, text, TECH, to=ADMIN)
    assert Action.KEY_CREATE is request.terms.action
    assert timedelta(days=7) == request.terms.lasts
    assert isinstance(await carried_out(harness, request), KeyCreated)
    record = await harness.records.find((await kept(harness, request)).made)
    assert record
    assert harness.clock.now() + timedelta(days=7) == record.expires_at


async def test_a_key_ends_on_its_date_after_warnings(harness: Harness) -> None:
    """Its owner hears of it, and the record follows; another owner since hears in their place"""
    request = await collected(harness, await created(harness, FOR_A_DAY))
    record = await harness.records.find(request.made)
    assert record
    assert request.ends_at == record.expires_at
    await harness.run(ADMIN, f"key owner new @{COLLEAGUE.user_id} --env shop-dev")
    harness.clock.go_on(hours=25)
    await looked(harness)
    assert [COLLEAGUE.user_id] == told(harness, Topic.ENDING)
    renewal = await harness.run(COLLEAGUE, f"renew {request.id} --reason more --expires 7d")
    assert isinstance(renewal, Requested), renewal
    assert COLLEAGUE == renewal.request.terms.owner
    await harness.run(ADMIN, f"approve {renewal.request.id}")
    await carried_out(harness, renewal.request)
    renewed = await harness.records.find(request.made)
    assert renewed
    assert record.expires_at
    assert renewed.expires_at
    assert renewed.expires_at > record.expires_at
    harness.clock.go_on(days=8)
    await looked(harness)
    assert [COLLEAGUE.user_id] == told(harness, Topic.ENDED)
    over = await harness.records.find(request.made)
    assert over
    assert not over.enabled
    assert ["ended", "renewed", "owner", "collected", "created"] == [it.what for it in over.history]


async def test_a_key_that_signs_webhooks_does_not_end(harness: Harness) -> None:
    """Its owner and the security channel hear why"""
    request = await collected(harness, await created(harness, FOR_A_DAY))
    await harness.run(TECH, "key webhook new --env shop-dev --confirm new")
    harness.clock.go_on(days=3)
    await looked(harness)
    held = await kept(harness, request)
    assert held.held
    assert not held.ended
    assert [TECH.user_id] == told(harness, Topic.HELD)


async def test_a_key_that_is_not_collected_by_its_end_never_works(harness: Harness) -> None:
    """And no one else becomes its owner"""
    request = await created(harness, f"{CREATE} --expires 1h")
    stopped = await harness.run(ADMIN, f"key owner new @{COLLEAGUE.user_id} --env shop-dev")
    assert isinstance(stopped, KeyProtected)
    harness.clock.go_on(hours=1)
    await looked(harness)
    assert State.LAPSED is (await kept(harness, request)).state
