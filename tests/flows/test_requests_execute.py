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
    """Count the calls that change something at Cloudinary."""
    calls = harness.account.calls
    return sum(calls[verb] for verb in ("create_key", "set_enabled", "rename", "delete"))


async def test_an_approved_request_is_executed_once_and_announced_when_it_is_done(
    harness: Harness,
) -> None:
    """Approved, executing, done: each state is stored before the next begins."""
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    await carried_out(harness, request)
    assert (await harness.key(PROD, "sleeper")).enabled
    assert State.DONE is (await kept(harness, request)).state
    assert [Topic.ASKED, Topic.APPROVED, Topic.DONE] == topics(harness)
    moves = [detail for event, detail in harness.told() if event == AuditEvent.MOVED]
    assert ["begin", "finish"] == [each.strip() for each in moves]


async def test_a_requested_key_is_disabled_until_its_owner_collects_it(
    harness: Harness,
) -> None:
    """The pending credentials have the fingerprint of the approved terms."""
    request = await granted(harness)
    assert not (await harness.key(DEV, "deploy")).enabled
    pending = await harness.pending.find_pending(request.id)
    assert pending
    assert (request.terms.fingerprint, request.made) == (pending.fingerprint, pending.api_key)
    assert NEWCOMER == pending.owner


async def test_executing_a_finished_request_again_does_nothing(harness: Harness) -> None:
    """The answer has the state of the request."""
    request = await granted(harness)
    before = effects(harness)
    assert isinstance(await harness.again(request.id), TooLate)
    assert before == effects(harness)


async def test_two_people_one_of_them_an_admin_delete_a_production_key(harness: Harness) -> None:
    """The key is disabled now, and deleted after its soak."""
    request = await asked(harness, DELETE, TECH)
    for actor in (CHIEF, COLLEAGUE):
        await harness.run(actor, f"approve {request.id}")
    await carried_out(harness, request)
    now = await kept(harness, request)
    assert (State.DONE, harness.clock.now() + SOAK) == (now.state, now.delete_at)
    assert not (await harness.key(PROD, "shop-web")).enabled
    assert harness.account.calls["delete"] == 0


async def test_a_name_that_was_taken_meanwhile_fails_the_request(
    harness: Harness,
) -> None:
    """The request failed, with the reason; the key that has the name stays as it is."""
    request = await approved(harness)
    harness.account.add_key(DEV.id, "deploy")
    assert isinstance(await carried_out(harness, request), NameTaken)
    now = await kept(harness, request)
    assert (State.FAILED, "name_taken") == (now.state, now.outcome)
    assert (await harness.key(DEV, "deploy")).enabled
    assert [Topic.FAILED] == topics(harness)[-1:]


async def test_two_workers_with_one_job_create_one_key(harness: Harness) -> None:
    """A worker that seemed dead goes on beside the one that reclaimed its job."""
    request = await approved(harness)
    await asyncio.gather(carried_out(harness, request), carried_out(harness, request))
    assert harness.account.calls["create_key"] == 1
    assert State.CLAIMABLE is (await kept(harness, request)).state


async def test_a_cancellation_during_the_execution_comes_first_or_too_late(
    harness: Harness,
) -> None:
    """Never both: a key and a cancelled request."""
    request = await approved(harness)
    cancelled, _ = await asyncio.gather(
        harness.run(NEWCOMER, f"cancel {request.id}"), carried_out(harness, request)
    )
    end = (await kept(harness, request)).state
    made = harness.account.calls["create_key"]
    assert (end, made) in {(State.CANCELLED, 0), (State.CLAIMABLE, 1)}
    assert isinstance(cancelled, TooLate) is (end is State.CLAIMABLE)
