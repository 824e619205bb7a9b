import asyncio

from bot.domain.audit import AuditEvent
from bot.domain.outcomes.decisions import TooLate
from bot.domain.outcomes.keys import NameTaken
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic
from bot.flows.requests.execute import SOAK
from tests.flows.harness import CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    approved,
    asked,
    carried_out,
    granted,
    kept,
    topics,
    with_sleeper,
)


def effects(harness: Harness) -> int:
    """How often Cloudinary was asked to change something."""
    calls = harness.account.calls
    return sum(calls[verb] for verb in ("create_key", "set_enabled", "rename", "delete"))


async def test_what_was_approved_is_done_once_and_told_when_it_is_done(harness: Harness) -> None:
    """Approved, executing, done: each is kept before the next begins"""
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    await carried_out(harness, request)
    assert (await harness.key(PROD, "sleeper")).enabled
    assert State.DONE is (await kept(harness, request)).state
    assert [Topic.ASKED, Topic.APPROVED, Topic.DONE] == topics(harness)
    moves = [detail for event, detail in harness.told() if event == AuditEvent.MOVED]
    assert ["begin", "finish"] == [each.strip() for each in moves]


async def test_a_key_that_was_asked_for_is_disabled_until_its_owner_collects_it(
    harness: Harness,
) -> None:
    """Its claim carries the fingerprint of what was agreed to, and it is the request's own"""
    request = await granted(harness)
    assert not (await harness.key(DEV, "deploy")).enabled
    pending = await harness.pending.find_pending(request.id)
    assert pending
    assert (request.terms.fingerprint, request.made) == (pending.fingerprint, pending.api_key)
    assert NEWCOMER == pending.owner


async def test_carrying_out_again_what_is_over_does_nothing(harness: Harness) -> None:
    """Whoever takes it up is told how it stands"""
    request = await granted(harness)
    before = effects(harness)
    assert isinstance(await harness.again(request.id), TooLate)
    assert before == effects(harness)


async def test_two_of_whom_one_is_an_admin_delete_a_production_key(harness: Harness) -> None:
    """Disabled now, deleted after its soak"""
    request = await asked(harness, DELETE, TECH)
    for actor in (CHIEF, COLLEAGUE):
        await harness.run(actor, f"approve {request.id}")
    await carried_out(harness, request)
    now = await kept(harness, request)
    assert (State.DONE, harness.clock.now() + SOAK) == (now.state, now.delete_at)
    assert not (await harness.key(PROD, "shop-web")).enabled
    assert harness.account.calls["delete"] == 0


async def test_a_name_that_was_taken_meanwhile_is_told_and_makes_no_second_key(
    harness: Harness,
) -> None:
    """Failed, with the reason; whoever has the name keeps their key as it is"""
    request = await approved(harness)
    harness.account.add_key(DEV.id, "deploy")
    assert isinstance(await carried_out(harness, request), NameTaken)
    now = await kept(harness, request)
    assert (State.FAILED, "name_taken") == (now.state, now.outcome)
    assert (await harness.key(DEV, "deploy")).enabled
    assert [Topic.FAILED] == topics(harness)[-1:]


async def test_two_workers_with_one_job_make_one_key(harness: Harness) -> None:
    """One that was taken for dead lives on beside its heir"""
    request = await approved(harness)
    await asyncio.gather(carried_out(harness, request), carried_out(harness, request))
    assert harness.account.calls["create_key"] == 1
    assert State.CLAIMABLE is (await kept(harness, request)).state


async def test_cancelling_while_it_is_carried_out_comes_first_or_too_late(
    harness: Harness,
) -> None:
    """Never both: a key and a request that was taken back"""
    request = await approved(harness)
    cancelled, _ = await asyncio.gather(
        harness.run(NEWCOMER, f"cancel {request.id}"), carried_out(harness, request)
    )
    end = (await kept(harness, request)).state
    made = harness.account.calls["create_key"]
    assert (end, made) in {(State.CANCELLED, 0), (State.CLAIMABLE, 1)}
    assert isinstance(cancelled, TooLate) is (end is State.CLAIMABLE)
