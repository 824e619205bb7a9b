"""Resuming: twice, at once, late, by others and without the right, each part has one effect."""

import asyncio
from collections import Counter

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.bulk import BulkReported, NoSuchBulk
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Role
from bot.domain.requests.machine import Request
from bot.errors import Forbidden, LockTaken, Unavailable
from tests.fakes.locks import FakeLocks
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, NEWCOMER, TECH, Harness, staffed
from tests.flows.offboarding import OFFBOARD, has, offboarding, settled_in
from tests.flows.requested import carried_out, give_role
from tests.flows.test_bulk_keys import add, enabled, previewed, report, states

PRESSES = range(0, 40, 3)
"""By how many steps the second of two presses is later."""


def effects(harness: Harness) -> list[int]:
    """How often each target was changed."""
    done = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
    return [*Counter(str(it.target) for it in done).values()]


async def both(harness: Harness, text: str, lag: int) -> list[Outcome]:
    """Press a button twice, the second time some steps later."""
    first = asyncio.create_task(harness.run(TECH if "key" in text else ADMIN, text))
    for _ in range(lag):
        await asyncio.sleep(0)
    second = await harness.run(TECH if "key" in text else ADMIN, text)
    return [await first, second]


async def halted_keys(harness: Harness) -> str:
    """A list that stopped at its first key; returns what resumes it."""
    await add(harness, 3)
    bulk = await previewed(harness)
    harness.account.fail_next("set_enabled", Unavailable("503", maybe_done=False))
    stopped = report(await harness.run(TECH, f"key disable --resume {bulk.id}"))
    assert ["failed", "waiting", "waiting"] == states(stopped)
    return f"key disable --resume {bulk.id}"


async def halted_offboarding(harness: Harness) -> tuple[str, Request]:
    """An offboarding that stopped at its key; returns what resumes it, and its request."""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.account.fail_next("set_enabled", Unavailable("503", maybe_done=False))
    stopped = report(await carried_out(harness, request))
    assert ["done", "failed", "waiting"] == states(stopped)[:3]
    return f"{OFFBOARD} --resume {request.id}", request


@pytest.mark.parametrize("lag", PRESSES)
async def test_two_presses_at_once_disable_each_key_once(lag: int) -> None:
    """Confirming and resuming; both answers say what became of all"""
    harness = staffed()
    await add(harness, 3)
    bulk = await previewed(harness)
    answers = await both(harness, f"key disable --resume {bulk.id}", lag)
    assert [["done"] * 3] * 2 == [states(report(each)) for each in answers]
    assert [1, 1, 1] == effects(harness)

    harness = staffed()
    answers = await both(harness, await halted_keys(harness), lag)
    assert [["done"] * 3] * 2 == [states(report(each)) for each in answers]
    assert [1, 1, 1] == effects(harness)


@pytest.mark.parametrize("lag", PRESSES)
async def test_two_presses_at_once_end_each_part_once(lag: int) -> None:
    """Of an offboarding"""
    harness = staffed()
    resume, _ = await halted_offboarding(harness)
    for answer in await both(harness, resume, lag):
        assert ["done"] * 7 == states(report(answer))
    assert {1} == {*effects(harness)}
    assert [] == await has(harness)


async def test_a_press_waits_for_its_turn_in_line(harness: Harness) -> None:
    """It blocks no worker while another process runs the act, and changes nothing afterwards"""
    harness.locks = FakeLocks()
    harness.rebuild()
    resume = await halted_keys(harness)
    job = await harness.job(TECH, resume)
    async with harness.locks.hold(f"bulk:{resume.split()[-1]}"):
        with pytest.raises(LockTaken):
            await harness.flows.dispatcher.run(job)
        bulk = await harness.bulks.load(resume.split()[-1])
        assert bulk
        assert ["failed", "waiting", "waiting"] == states(bulk)
    assert ["done"] * 3 == states(report(await harness.again(job.id)))
    assert ["done"] * 3 == states(report(await harness.run(TECH, resume)))
    assert [1, 1, 1] == effects(harness)


async def test_resuming_beside_the_running_act_shows_how_far_it_is() -> None:
    """An offboarding that its request still runs: no part is tried twice, and nothing is over"""
    seen = set()
    for lag in PRESSES:
        harness = staffed()
        await settled_in(harness)
        request = await offboarding(harness)
        running = asyncio.create_task(carried_out(harness, request))
        for _ in range(24 + lag):
            await asyncio.sleep(0)
        answer = await harness.run(ADMIN, f"{OFFBOARD} --resume {request.id}")
        assert isinstance(answer, BulkReported), lag
        seen.add(answer.bulk.running)
        said = plain(card_of(answer))
        assert "It stopped" not in said
        assert ["done"] * 7 == states(report(await running))
        assert {1} == {*effects(harness)}
    assert True in seen, "no lag met the act while it ran: the loop above proved nothing"


async def test_an_act_of_another_person_is_not_there(harness: Harness) -> None:
    """Also for those who may do the same, and for an id that no act has; of either kind"""
    keys = await halted_keys(harness)
    for other in (COLLEAGUE, ADMIN, CHIEF):
        assert isinstance(await harness.run(other, keys), NoSuchBulk)
    offboards, request = await halted_offboarding(harness)
    assert isinstance(await harness.run(CHIEF, offboards), NoSuchBulk)
    assert isinstance(await harness.run(ADMIN, f"{OFFBOARD} --resume c999"), NoSuchBulk)
    crossed = f"key disable --resume {request.id}"
    assert isinstance(await harness.run(ADMIN, crossed), NoSuchBulk)
    said = plain(card_of(NoSuchBulk()))
    assert "You have no such list" in said
    assert 1 == len(effects(harness))  # the user, before it stopped


@pytest.mark.parametrize("role", [Role.BILLING, Role.REPORTS, None])
async def test_a_person_who_lost_the_right_resumes_nothing(
    harness: Harness, role: Role | None
) -> None:
    """Neither kind, and not one part"""
    keys = await halted_keys(harness)
    offboards, _ = await halted_offboarding(harness)
    before = await enabled(harness), await has(harness)
    for person, text in ((TECH, keys), (ADMIN, offboards)):
        give_role(harness, person, role)
        outcome = await harness.run(person, text)
        assert isinstance(outcome, Denied), outcome
    give_role(harness, TECH, Role.TECHNICAL_ADMIN)
    assert before[0] == await enabled(harness)
    assert "key" in await has(harness)


async def test_a_guest_or_a_stranger_resumes_nothing(harness: Harness) -> None:
    """They are turned away or refused before the act is read"""
    keys = await halted_keys(harness)
    assert not isinstance(await harness.run(NEWCOMER, keys), BulkReported)
    assert {"old-0", "old-1", "old-2"} < await enabled(harness)


async def test_a_press_behind_one_that_failed_tries_once_more(harness: Harness) -> None:
    """Each press is one try of each part that is left"""
    resume = await halted_keys(harness)
    harness.account.fail_next("set_enabled", Forbidden("no"))
    seen = sorted(states(report(each)) for each in await both(harness, resume, 2))
    assert [["done"] * 3, ["failed", "done", "done"]] == seen
