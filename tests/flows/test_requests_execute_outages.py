import pytest

from bot.domain.audit import AuditEvent
from bot.domain.outcomes.decisions import TooLate
from bot.domain.outcomes.general import Fault
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Topic
from bot.errors import Conflict, Forbidden, RateLimited, Unavailable
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import COLLEAGUE, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    WAKE_UP,
    WISH,
    approved,
    carried_out,
    kept,
    topics,
    with_sleeper,
)

NOT_REACHED = Unavailable("not reached", maybe_done=False)


KINDS = {
    "wish": (WISH, NEWCOMER, TECH, State.CLAIMABLE),
    "enable": (WAKE_UP, TECH, COLLEAGUE, State.DONE),
    "rename": ("key rename sleeper awake --env shop", TECH, COLLEAGUE, State.DONE),
    "delete": ("key delete ci-bot --env shop-dev", TECH, COLLEAGUE, State.DONE),
}
"""Each kind of request: command, requester, approver and final state."""


async def dies(harness: Harness, request: Request, failure_point: FailurePoint) -> bool:
    """Execute the request; if the process dies, another one reclaims the job."""
    try:
        await carried_out(harness, request)
    except Crash:
        failure_point.arm(0)
        await harness.again(request.id)
        return True
    failure_point.arm(0)
    return False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_process_that_dies_at_any_call_leaves_one_effect(kind: str, *, after: bool) -> None:
    """At each call to Redis, Slack and Cloudinary in turn; the end is the same, told once."""
    text, requester, approver, end = KINDS[kind]
    died = True
    at = 0
    while died:
        at += 1
        failure_point = FailurePoint()
        harness = failing(failure_point)
        with_sleeper(harness)
        request = await approved(harness, text, requester, to=approver)
        failure_point.arm(at, after=after)
        died = await dies(harness, request, failure_point)
        assert (end, at) == ((await kept(harness, request)).state, at)
        assert (1, at) == (successes(harness), at)
        said = [
            notification
            for notification in harness.requests.notifications
            if notification.topic is topics(harness)[-1]
        ]
        assert (3, at) == (len(said), at)
    assert at > 10


def successes(harness: Harness) -> int:
    """Count the audit entries of completed changes."""
    entries = [*harness.jobs.entries, *harness.pending.entries]
    return sum(each.event is AuditEvent.DONE for each in entries)


@pytest.mark.parametrize("error", [NOT_REACHED, RateLimited("busy", status=420)])
async def test_an_outage_before_the_effect_delays_the_execution(
    harness: Harness, error: Unavailable | RateLimited
) -> None:
    """There is no message; the next attempt executes the request."""
    request = await approved(harness)
    harness.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await carried_out(harness, request)
    assert State.EXECUTING is (await kept(harness, request)).state
    assert Topic.READY not in topics(harness)
    assert isinstance(await harness.again(request.id), KeyCreated)
    assert [Topic.READY] == topics(harness)[-1:]


async def test_an_answer_that_is_lost_after_the_effect_creates_no_second_key(
    harness: Harness,
) -> None:
    """The job finds the key by its intent."""
    request = await approved(harness)
    lost = Unavailable("lost", status=None, maybe_done=False)
    harness.account.fail_next("create_key", lost, after=True)
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    await harness.again(request.id)
    assert harness.account.calls["create_key"] == 1
    assert State.CLAIMABLE is (await kept(harness, request)).state


@pytest.mark.parametrize("error", [Forbidden("no"), Conflict("taken", status=409)])
async def test_a_refusal_by_cloudinary_fails_the_request(
    harness: Harness, error: Forbidden | Conflict
) -> None:
    """The request failed, and there is no second attempt."""
    request = await approved(harness)
    harness.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await carried_out(harness, request)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.executor.give_up(job, Fault.CLOUDINARY_REFUSED)
    now = await kept(harness, request)
    assert (State.FAILED, "failed:cloudinary_refused") == (now.state, now.outcome)
    assert [Topic.FAILED] == topics(harness)[-1:]
    assert isinstance(await harness.again(request.id), TooLate)
    assert harness.account.calls["create_key"] == 1


async def test_giving_up_before_the_execution_fails_the_request(harness: Harness) -> None:
    """No approved request waits for ever."""
    request = await approved(harness)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.executor.give_up(job)
    assert State.FAILED is (await kept(harness, request)).state
