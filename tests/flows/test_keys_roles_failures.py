"""Cloudinary fails at one call of each command about roles and the signer, before or after it.

What people hear is what happened: no role is told that is not there, and none is there that was
told to be refused.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from bot.domain.jobs import Job
from bot.domain.outcomes.general import Failed, Fault
from bot.domain.outcomes.keys import KeyChanged, KeyCreated
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.roles import RoleNotGiven, RolesChanged
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.machine import State
from bot.errors import CloudinaryError, Forbidden, RateLimited, Unavailable
from handlers.faults import failed
from tests.fakes.hasty_loop import HastyLoop
from tests.fakes.key_roles import UPLOADER
from tests.flows.failing_fakes import FailingAccount, FailurePoint
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness, staffed
from tests.flows.requested import approved
from tests.flows.with_roles import with_roles

CHANGES: Final = frozenset({"create_key", "set_enabled", "give_role", "take_role", "pin"})
"""Calls that change Cloudinary: only these can have done their work without an answer."""
SAYS_NOTHING: Final = frozenset({Fault.CLOUDINARY_REFUSED, Fault.CLOUDINARY_BUSY})
"""Failures whose answers say that nothing changed."""
TOLD_DONE: Final = (KeyChanged, KeyCreated, LinkReady, RolesChanged)
TRIES: Final = 3
"""Of an approved request, as a worker makes them."""


@dataclass(frozen=True)
class Story:
    """A command, who approves it where that is needed, and whether the key has the role before."""

    text: str
    by: Actor = TECH
    approver: Actor | None = None
    had: bool = False

    @property
    def creates(self) -> bool:
        """Whether it leads to a new key."""
        return self.text.startswith(("key create", "request"))

    def __str__(self) -> str:
        return self.text.partition(" --")[0] + (" approved" if self.approver else "")


ROLE: Final = f"--role {UPLOADER.id}"
ADD, REMOVE = (f"key roles new {verb} {UPLOADER.id} --env" for verb in ("add", "remove"))
PIN: Final = "key webhook new --confirm new --env"
STORIES: Final = (
    Story(f"key create new --env shop-dev {ROLE}"),
    Story(f"key create new --env shop {ROLE}", approver=COLLEAGUE),
    Story(f"request shop new --reason demo {ROLE}", NEWCOMER, ADMIN),
    Story(f"{ADD} shop-dev"),
    Story(f"{ADD} shop", approver=COLLEAGUE),
    Story(f"{REMOVE} shop-dev", had=True),
    Story(f"{REMOVE} shop", approver=COLLEAGUE, had=True),
    Story(f"{PIN} shop-dev"),
    Story(f"{PIN} shop", approver=COLLEAGUE),
)


@dataclass(frozen=True)
class Situation:
    """What Cloudinary has of the key, and what waits to be collected."""

    keys: int = 0
    roles: int = 0
    enabled: int = 0
    pinned: int = 0
    waits: int = 0


async def situation(harness: Harness) -> Situation:
    """Read it."""
    keys = [
        (place.id, key)
        for place in (DEV, PROD)
        for key in await harness.account.keys(place.id)
        if key.name == "new"
    ]
    roles = [await harness.account.roles_of_key(place, key.api_key) for place, key in keys]
    waits = [await harness.pending.pending_of(actor) for actor in (TECH, NEWCOMER)]
    return Situation(
        len(keys),
        sum(map(len, roles)),
        sum(key.enabled for _, key in keys),
        sum(key.pinned for _, key in keys),
        sum(map(len, waits)),
    )


async def prepared(story: Story, fault: FailurePoint) -> tuple[Harness, Job]:
    """A system whose Cloudinary fails, and the job that is about to run."""
    harness = staffed(make_account=FailingAccount)
    assert isinstance(harness.account, FailingAccount)
    harness.account.failure_point = fault
    with_roles(harness)
    for place in () if story.creates else (DEV, PROD):
        key = harness.account.add_key(place.id, "new")
        if story.had:
            harness.account.hold(place.id, key.api_key, UPLOADER)
    if story.approver is None:
        return harness, await harness.job(story.by, story.text)
    request = await approved(harness, story.text, story.by, to=story.approver)
    job = await harness.jobs.load(request.id)
    assert job
    return harness, job


async def worked(harness: Harness, job: Job) -> Outcome:
    """Run a job as a worker does: a request again in an outage, and errors as an outcome."""
    for left in reversed(range(TRIES if job.request else 1)):
        try:
            return await harness.flows.dispatcher.run(job)
        except CloudinaryError as error:
            if left and isinstance(error, Unavailable | RateLimited):
                job = await harness.jobs.load(job.id) or job
                continue
            await harness.flows.executor.give_up(job)
            return failed(error, job.id)
    raise AssertionError


def faults(method: str) -> Iterator[tuple[CloudinaryError, bool]]:
    """The ways in which a call fails: refused, too often, away, or away after its work."""
    yield Forbidden("missing permissions", status=403), False
    yield RateLimited("slow down", status=429), False
    changes = method in CHANGES
    yield Unavailable("away", maybe_done=changes), False
    if changes:
        yield Unavailable("no clear answer", status=500, maybe_done=True), True


async def calls(story: Story) -> Counter[str]:
    """Count the calls of the command where nothing fails."""
    harness, job = await prepared(story, FailurePoint())
    before = Counter(harness.account.calls)
    assert isinstance(await worked(harness, job), TOLD_DONE)
    return harness.account.calls - before


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_whatever_fails_once_the_answer_is_true(story: Story) -> None:
    """At every call, of each way; what an outage stops is done by another try of a request"""
    with asyncio.Runner(loop_factory=HastyLoop) as runner:  # an unclear creation is looked for
        runner.run(fails_everywhere(story))


async def fails_everywhere(story: Story) -> None:
    """Let each call fail in a system of its own, and judge what is told."""
    for method, count in (await calls(story)).items():
        for number in range(1, count + 1):
            for error, after in faults(method):
                where = f"{method} {number}: {error!r} {after}"
                fault = FailurePoint(method=method, error=error)
                harness, job = await prepared(story, fault)
                before = await situation(harness)
                fault.arm(number, after=after)
                outcome = await worked(harness, job)
                assert fault.blown, where
                fault.arm(0)
                await judge(harness, story, (job, outcome), before, where)
                waits = job.request and not isinstance(error, Forbidden)
                assert not waits or isinstance(outcome, TOLD_DONE), f"{where} led to {outcome}"


async def judge(
    harness: Harness, story: Story, told: tuple[Job, Outcome], before: Situation, where: str
) -> None:
    """Compare what is told with what is there."""
    (job, outcome), now = told, await situation(harness)
    where = f"{where} led to {outcome}, {now}"
    if isinstance(outcome, Failed) and outcome.fault in SAYS_NOTHING:
        assert before == now, where
    if isinstance(outcome, TOLD_DONE):
        assert before != now, where
    if isinstance(outcome, RoleNotGiven):
        assert (1, 0) == (now.keys, now.waits), where
        assert not (now.roles and outcome.refused), where
    if story.creates:
        assert now.enabled == 0, where
        assert now.waits <= now.roles <= now.keys <= 1, where
        assert (now.waits == 1) is isinstance(outcome, TOLD_DONE), where
    if request := await harness.requests.load(job.request):
        failed_ = request.state is State.FAILED
        assert failed_ or request.state in {State.DONE, State.CLAIMABLE}, where
        assert failed_ is (not isinstance(outcome, TOLD_DONE)), where
        if not story.creates:
            assert failed_ is (before == now), where
