"""A change that was recorded before a crash settles its request, and is not denied.

The process died after the key was changed and the job was closed, before the request was settled.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import pytest

from bot.domain.audit import AuditEvent, Entry
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import TooLate
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Topic
from bot.domain.sign_in import SignedVote
from bot.errors import Unavailable
from bot.flows.ports import Done
from bot.flows.request_ports import Notifications
from tests.fakes.requests import FakeRequests
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, DEV, PROD, TECH, Harness, staffed
from tests.flows.requested import (
    WAKE_UP,
    WISH_IN_PRODUCTION,
    approved,
    carried_out,
    give_role,
    kept,
    with_sleeper,
)
from tests.flows.test_one_authority import keys_in

DELETION: Final = "key delete ci-bot --env shop-dev"
ASKED: Final = [
    (DELETION, TECH, COLLEAGUE),
    (WAKE_UP, TECH, COLLEAGUE),
    (WISH_IN_PRODUCTION, TECH, ADMIN),
]
SETTLING: Final = 2
"""The second write of a request's execution; the first one begins it."""
Act = Callable[[Harness], Awaitable[object]]


async def recorded(text: str, first: Act | None = None) -> tuple[Harness, Request]:
    """A process changed the key, recorded that, and died."""
    died = FailurePoint(method="replace")
    harness = failing(died)
    with_sleeper(harness)
    if first:
        await first(harness)
    request = await approved(harness, text, TECH, to=COLLEAGUE)
    harness.clock.go_on(minutes=1)
    died.arm(SETTLING)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    job = await harness.jobs.load(request.id)
    assert job
    assert job.finished
    harness.clock.go_on(minutes=1)
    return harness, request


async def typed(harness: Harness, text: str) -> object:
    """A person's command."""
    return await harness.run(ADMIN, f"{text} --env shop-dev")


async def gone(harness: Harness) -> None:
    """A person deletes the key in the Console."""
    key = await harness.key(DEV, "ci-bot")
    await harness.account.delete(DEV.id, key.api_key)


@pytest.mark.parametrize(
    "act",
    [
        None,
        lambda harness: typed(harness, "key disable ci-bot"),
        lambda harness: typed(harness, "key rename ci-bot ci-old"),
        gone,
    ],
    ids=["nothing", "disabled again", "renamed", "gone"],
)
async def test_a_deletion_goes_on_whatever_else_happened_to_a_disabled_key(act: Act | None) -> None:
    """Only an enabling takes it back"""
    harness, request = await recorded(DELETION)
    if act:
        await act(harness)
    await carried_out(harness, request)
    now = await kept(harness, request)
    assert State.DONE is now.state
    assert now.delete_at
    assert Topic.SOAKING is harness.requests.notifications[-1].topic


@pytest.mark.parametrize("text", [DELETION, WAKE_UP])
async def test_a_recorded_change_is_no_failure_while_cloudinary_is_away(text: str) -> None:
    """The request is settled by what is recorded"""
    harness, request = await recorded(text)
    job = await harness.jobs.load(request.id)
    assert job
    harness.account.fail_next("keys", Unavailable("away", maybe_done=False), times=2)
    await harness.flows.executor.give_up(job)
    now = await kept(harness, request)
    assert (State.DONE, text == DELETION) == (now.state, now.delete_at is not None)


async def test_a_recorded_enabling_is_done() -> None:
    """Only a deletion is taken back by an enabling"""
    harness, request = await recorded(WAKE_UP)
    await carried_out(harness, request)
    now = await kept(harness, request)
    assert (State.DONE, "") == (now.state, now.outcome)


async def test_an_enabling_is_not_denied_after_a_renaming_that_came_before_it() -> None:
    """The key is enabled; the process died before it recorded that, and the approver was demoted"""
    died = FailurePoint()
    harness = failing(died)
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    harness.clock.go_on(minutes=1)
    for names in ("sleeper sleeping", "sleeping sleeper"):
        renaming = f"key rename {names} --env shop"
        await carried_out(harness, await approved(harness, renaming, ADMIN, to=CHIEF))
    harness.clock.go_on(minutes=1)
    died.method = "finish"
    died.arm(1)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    give_role(harness, COLLEAGUE, Role.BILLING)
    await carried_out(harness, request)
    assert State.DONE is (await kept(harness, request)).state
    last = await harness.jobs.last_change((await harness.key(PROD, "sleeper")).api_key)
    assert last
    assert last.job == request.id


@pytest.mark.parametrize(("text", "by", "to"), ASKED, ids=[text for text, _, _ in ASKED])
@pytest.mark.parametrize("late", [False, True])
async def test_a_request_that_is_approved_again_is_executed(
    text: str, by: Actor, to: Actor, *, late: bool
) -> None:
    """Approve, Withdraw, Approve: the run that found no approval closes nothing, even if late"""
    harness = staffed()
    with_sleeper(harness)
    request = await approved(harness, text, by, to=to)
    await harness.run(to, f"withdraw {request.id}")
    assert isinstance(await carried_out(harness, request), TooLate)
    job = await harness.jobs.load(request.id)
    assert job
    assert not job.finished
    await harness.run(to, f"approve {request.id}")
    if late:  # a process of the former version closes it
        entry = Entry(harness.clock.now(), AuditEvent.ANSWERED, job.action, job=job.id)
        await harness.jobs.finish(job, entry)
    before = await keys_in(harness)
    await carried_out(harness, request)
    assert before != await keys_in(harness)


class OvertakenRequests(FakeRequests):
    """Another process approves the request again just before it is voided."""

    overtaken = False

    async def replace(
        self,
        before: Request,
        after: Request,
        entry: Entry,
        notifications: Notifications = (),
        job: Job | None = None,
        by: Job | None = None,
        done: Sequence[Done] = (),
        spends: SignedVote | None = None,
    ) -> bool:
        """Lose one cancellation."""
        if after.state is State.CANCELLED and not self.overtaken:
            self.overtaken = True
            return False
        return await super().replace(before, after, entry, notifications, job, by, done, spends)


async def test_a_run_that_loses_to_another_approval_closes_nothing() -> None:
    """It found the request void"""
    harness = staffed()
    harness.requests = OvertakenRequests(harness.jobs)
    harness.rebuild()
    request = await approved(harness, DELETION, TECH, to=COLLEAGUE)
    give_role(harness, COLLEAGUE, Role.BILLING)
    assert isinstance(await carried_out(harness, request), TooLate)
    job = await harness.jobs.load(request.id)
    assert job
    assert not job.finished
