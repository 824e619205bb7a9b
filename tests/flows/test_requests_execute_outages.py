import pytest

from bot.domain.audit import AuditEvent
from bot.domain.outcomes.decisions import TooLate
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
"""Each kind of work: what is asked, by whom, who agrees, and where it ends."""


async def dies(harness: Harness, request: Request, failure_point: FailurePoint) -> bool:
    """Carry it out; where the process dies, another takes the job over."""
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
async def test_a_process_that_dies_at_any_call_leaves_work_that_is_done_once(
    kind: str, *, after: bool
) -> None:
    """Each call to Redis, Slack and Cloudinary in turn; the end is the same, told once"""
    text, asker, approver, end = KINDS[kind]
    died = True
    at = 0
    while died:
        at += 1
        failure_point = FailurePoint()
        harness = failing(failure_point)
        with_sleeper(harness)
        request = await approved(harness, text, asker, to=approver)
        failure_point.arm(at, after=after)
        died = await dies(harness, request, failure_point)
        assert (end, at) == ((await kept(harness, request)).state, at)
        assert (1, at) == (successes(harness), at)
        said = [
            notification
            for notification in harness.requests.said
            if notification.topic is topics(harness)[-1]
        ]
        assert (3, at) == (len(said), at)
    assert at > 10


def successes(harness: Harness) -> int:
    """How often the record tells that Cloudinary changed something."""
    entries = [*harness.jobs.entries, *harness.pending.entries]
    return sum(each.event is AuditEvent.DONE for each in entries)


@pytest.mark.parametrize("error", [NOT_REACHED, RateLimited("busy", status=420)])
async def test_an_outage_before_the_work_leaves_it_to_be_done(
    harness: Harness, error: Unavailable | RateLimited
) -> None:
    """Nothing is announced; the next try does it"""
    request = await approved(harness)
    harness.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await carried_out(harness, request)
    assert State.EXECUTING is (await kept(harness, request)).state
    assert Topic.READY not in topics(harness)
    assert isinstance(await harness.again(request.id), KeyCreated)
    assert [Topic.READY] == topics(harness)[-1:]


async def test_an_answer_that_is_lost_after_the_work_makes_no_second_key(harness: Harness) -> None:
    """It is found again by what was written down before it was made"""
    request = await approved(harness)
    lost = Unavailable("lost", status=None, maybe_done=False)
    harness.account.fail_next("create_key", lost, after=True)
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    await harness.again(request.id)
    assert harness.account.calls["create_key"] == 1
    assert State.CLAIMABLE is (await kept(harness, request)).state


@pytest.mark.parametrize("error", [Forbidden("no"), Conflict("taken", status=409)])
async def test_a_refusal_of_cloudinarys_is_told_once_nothing_more_is_tried(
    harness: Harness, error: Forbidden | Conflict
) -> None:
    """Failed, and no second try afterwards"""
    request = await approved(harness)
    harness.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await carried_out(harness, request)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.executor.give_up(job)
    now = await kept(harness, request)
    assert (State.FAILED, "failed") == (now.state, now.outcome)
    assert [Topic.FAILED] == topics(harness)[-1:]
    assert isinstance(await harness.again(request.id), TooLate)
    assert harness.account.calls["create_key"] == 1


async def test_giving_up_what_was_not_begun_says_that_it_failed(harness: Harness) -> None:
    """Nobody waits for ever on an approved request"""
    request = await approved(harness)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.executor.give_up(job)
    assert State.FAILED is (await kept(harness, request)).state
