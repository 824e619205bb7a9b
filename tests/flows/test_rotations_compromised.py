"""A key that leaked: it is disabled first, and replaced afterwards."""

from bot.domain.outcomes.general import Fault
from bot.domain.outcomes.keys import KeyChanged, KeyCreated
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Several
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.domain.requests.terms import Waiver
from bot.domain.rotation import Phase
from tests.flows.harness import ADMIN, COLLEAGUE, PROD, TECH, Harness
from tests.flows.requested import carried_out, kept, looked, times_notified
from tests.flows.rotated import opened_by_owner, phase, press, works


async def leaked(harness: Harness) -> Request:
    """Rotate a production key that leaked."""
    outcome = await harness.run(TECH, "key rotate shop-web --env shop --compromised")
    assert isinstance(outcome, Several), outcome
    stopped, opened = outcome.outcomes
    assert isinstance(stopped, KeyChanged)
    assert isinstance(opened, Requested), opened
    assert not (await harness.key(PROD, "shop-web")).enabled
    return opened.request


async def test_a_compromised_key_is_disabled_before_anything_else(harness: Harness) -> None:
    """Then the new one follows without a vote, and two people review it"""
    request = await leaked(harness)
    assert request.waived is Waiver.EMERGENCY
    harness.clock.go_on(seconds=1)
    assert isinstance(await carried_out(harness, request), KeyCreated)
    request = await opened_by_owner(harness, await kept(harness, request))
    await looked(harness)
    request = await kept(harness, request)
    assert (Phase.SOAKING, (False, True)) == (phase(request), await works(harness, request))
    assert 1 == times_notified(harness, Topic.ROTATION), "the overlap of no time is not told"
    assert (await press(harness, request, "rollback")).kind == "step_out_of_turn"
    await harness.run(COLLEAGUE, f"review {request.id} --comment seen")
    assert (await kept(harness, request)).unreviewed
    await harness.run(ADMIN, f"review {request.id} --comment seen")
    assert not (await kept(harness, request)).unreviewed


async def test_a_creation_that_fails_never_enables_what_leaked(harness: Harness) -> None:
    """The rotation is over, and the key stays disabled"""
    request = await leaked(harness)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.dispatcher.give_up(job, Fault.INTERNAL)
    await looked(harness)
    assert Phase.ABORTED is phase(await kept(harness, request))
    assert not (await harness.key(PROD, "shop-web")).enabled
