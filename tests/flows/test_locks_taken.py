"""A job that finds a lock taken gives up its worker, and runs again when its turn has come."""

import asyncio
from typing import Final

import pytest

from bot.domain.requests.machine import State
from handlers.job_runner import JobRunner
from tests.fakes.answering import Answering
from tests.fakes.locks import FakeLocks
from tests.flows.harness import DEV, TECH, Harness
from tests.flows.requested import approved, give_role, kept
from tests.flows.test_outages import runner as runner_of

LOCK: Final = f"environment:{DEV.id}"


@pytest.fixture
def busy(harness: Harness) -> Harness:
    """A harness whose jobs don't wait for locks."""
    harness.locks = FakeLocks()
    harness.rebuild()
    return harness


def runner(busy: Harness) -> JobRunner:
    """A job runner of one process, whose answers Slack takes."""
    return runner_of(busy, Answering(busy).answers)


async def test_a_job_runs_once_when_the_lock_is_free(busy: Harness) -> None:
    """Its runner returns at once, with no outcome and no answer, and tells when to run it again"""
    job, run = await busy.job(TECH, "key create deploy --env shop-dev"), runner(busy)
    async with busy.locks.hold(LOCK):
        later = await run(job.id, worn_out=False)
        assert later
        assert await later() > 0
        assert not (await busy.jobs.load(job.id) or job).finished
        assert busy.account.calls["create_key"] == 0
    assert await later() == 0
    assert await run(job.id, worn_out=False) is None
    assert (await busy.jobs.load(job.id) or job).finished
    assert busy.account.calls["create_key"] == 1


async def test_an_approved_request_waits_in_line(busy: Harness) -> None:
    """It does not fail, and needs no second approval"""
    request, run = await approved(busy), runner(busy)
    async with busy.locks.hold(LOCK):
        later = await run(request.id, worn_out=False)
    assert later
    assert State.EXECUTING is (await kept(busy, request)).state
    assert await run(request.id, worn_out=False) is None
    assert State.CLAIMABLE is (await kept(busy, request)).state


async def test_what_ended_while_it_waited_is_gone(busy: Harness) -> None:
    """The job reads everything again; refused, it leaves the line to the others"""
    job, run = await busy.job(TECH, "key create deploy --env shop-dev"), runner(busy)
    other = await busy.job(TECH, "key create other --env shop-dev")
    async with busy.locks.hold(LOCK):
        assert await run(job.id, worn_out=False)
        assert await run(other.id, worn_out=False)
        give_role(busy, TECH, None)
    await run(job.id, worn_out=False)
    assert busy.account.calls["create_key"] == 0
    assert await busy.locks.ahead(LOCK, other) == 0


async def test_every_job_gets_through(busy: Harness) -> None:
    """Twenty for one environment, each run again when it is its turn, also by another process"""
    jobs = [await busy.job(TECH, f"key create k{n} --env shop-dev") for n in range(20)]

    async def work(job_id: str) -> None:
        while later := await runner(busy)(job_id, worn_out=False):
            while await later():  # noqa: ASYNC110  # the fake has no event
                await asyncio.sleep(0)

    async with asyncio.timeout(10):
        await asyncio.gather(*(work(job.id) for job in reversed(jobs)))
    assert busy.account.calls["create_key"] == len(jobs)
