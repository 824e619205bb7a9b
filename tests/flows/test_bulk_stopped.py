"""An act that ends before its last part: its message says what was done and what was not."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.cards.bulk import progress
from bot.cards.kit import offering, plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, PartState, begin
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.people import Role
from bot.domain.requests.machine import Request, State
from bot.errors import StoreError
from tests.flows.harness import ADMIN, CHIEF, TECH, Harness
from tests.flows.offboarding import OFFBOARD, offboarding, settled_in
from tests.flows.requested import carried_out, give_role, kept, leave, under
from tests.flows.test_bulk_keys import add, enabled, previewed, states

RULES: Final = '@id("lists") permit (principal, action == Action::"key:list", resource);'
"""No one may offboard any more."""
End = Callable[[Harness, Path], Awaitable[object]]


async def _voter_demoted(harness: Harness, _: Path) -> None:
    give_role(harness, CHIEF, Role.BILLING)


async def _requester_demoted(harness: Harness, _: Path) -> None:
    give_role(harness, ADMIN, Role.REPORTS)


async def _requester_left(harness: Harness, _: Path) -> None:
    await leave(harness, ADMIN)


async def _policy_changed(harness: Harness, directory: Path) -> None:
    under(harness, directory, RULES)


async def _last_master_admin(harness: Harness, _: Path) -> None:
    user = harness.account.user_now(f"u-{TECH.user_id}")
    harness.account.add_user(replace(user, enabled=True, role=Role.MASTER_ADMIN))
    chief = harness.account.user_now(f"u-{CHIEF.user_id}")
    harness.account.add_user(replace(chief, role=Role.ADMIN))


ENDS: Final[dict[str, End]] = {
    "voter demoted": _voter_demoted,
    "requester demoted": _requester_demoted,
    "requester left": _requester_left,
    "policy changed": _policy_changed,
    "last master admin": _last_master_admin,
}
"""What makes a request void while it runs."""


async def interrupted(harness: Harness) -> Request:
    """An offboarding whose process dies behind its second part."""
    await settled_in(harness)
    request = await offboarding(harness)
    harness.bulks.passing, harness.bulks.failures = 3, 1
    with pytest.raises(StoreError):
        await carried_out(harness, request)
    assert ["done", "done", "waiting"] == states(await act(harness, request.id))[:3]
    return request


async def act(harness: Harness, id_: str) -> Bulk:
    """The act as it is stored."""
    bulk = await harness.bulks.load(id_)
    assert bulk
    return bulk


async def message(harness: Harness, id_: str) -> str:
    """What the message of the act says at last."""
    bulk = await act(harness, id_)
    assert bulk.version == harness.bulks.told[-1], "the message is not updated"
    return plain(progress(bulk))


@pytest.mark.parametrize("end", ENDS)
async def test_an_offboarding_that_becomes_void_ends_its_message(
    harness: Harness, tmp_path: Path, end: str
) -> None:
    """With what was done and what was not, without a way to resume, and once"""
    request = await interrupted(harness)
    await ENDS[end](harness, tmp_path)
    for _ in range(2):
        await harness.again(request.id)
        said = await message(harness, request.id)
        assert "2 of 7 parts are done." in said
        assert "It stopped with 5 parts left, which are not changed." in said
        assert "can't be resumed" in said
        assert "Resume" not in said
        assert not offering([progress(await act(harness, request.id))])
    assert State.FAILED is (await kept(harness, request)).state
    assert len(harness.bulks.told) == len({*harness.bulks.told})


async def test_an_ended_offboarding_is_not_resumed(harness: Harness, tmp_path: Path) -> None:
    """Also where the right is back: another request ends the rest"""
    request = await interrupted(harness)
    await _voter_demoted(harness, tmp_path)
    await harness.again(request.id)
    give_role(harness, CHIEF, Role.MASTER_ADMIN)
    outcome = await harness.run(ADMIN, f"{OFFBOARD} --resume {request.id}")
    assert isinstance(outcome, BulkReported)
    assert "can't be resumed" in plain(card_of(outcome))
    assert ["done", "done", "waiting"] == states(outcome.bulk)[:3]


async def test_a_request_ends_well_only_if_each_part_did(harness: Harness) -> None:
    """An act that was stopped, and whose request holds again, is no success"""
    request = await interrupted(harness)
    bulk = await act(harness, request.id)
    entry = harness.flows.dispatcher.audit_log.entry
    job = await harness.jobs.load(request.id)
    assert job
    stopped = replace(bulk, halted=True, over=True, version=bulk.version + 1)
    assert await harness.bulks.replace(bulk, stopped, entry(job, AuditEvent.ANSWERED), told=True)
    await harness.again(request.id)
    assert State.FAILED is (await kept(harness, request)).state


async def test_an_offboarding_that_is_given_up_can_be_resumed(harness: Harness) -> None:
    """Its worker could not go on; the approval still holds"""
    request = await interrupted(harness)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.dispatcher.give_up(job)
    (resume,) = offering([progress(await act(harness, request.id))])
    assert "It stopped with 5 parts left" in await message(harness, request.id)
    outcome = await harness.run(ADMIN, resume.command)
    assert isinstance(outcome, BulkReported)
    assert not outcome.bulk.count(PartState.WAITING, PartState.FAILED)


async def test_a_list_whose_person_lost_the_right_ends_its_message(harness: Harness) -> None:
    """Keys, and an offboarding that is resumed: its process died, and the next one refuses"""
    await add(harness, 4)
    bulk = await previewed(harness)
    harness.bulks.passing, harness.bulks.failures = 2, 1
    job = await harness.job(TECH, f"key disable --resume {bulk.id}")
    with pytest.raises(StoreError):
        await harness.flows.dispatcher.run(job)
    give_role(harness, TECH, Role.BILLING)
    assert isinstance(await harness.again(job.id), Denied)
    said = await message(harness, bulk.id)
    assert "Disabled 1 of 4 keys." in said
    assert "It stopped with 3 keys left, which are not changed." in said
    assert "does not answer" not in said


@pytest.mark.parametrize("passing", [0, 2])
async def test_a_list_that_is_given_up_ends_its_message(harness: Harness, passing: int) -> None:
    """Before its first part or behind one; what is left is resumed"""
    await add(harness, 4)
    bulk = await previewed(harness)
    harness.bulks.passing, harness.bulks.failures = passing, 1
    job = await harness.job(TECH, f"key disable --resume {bulk.id}")
    with pytest.raises(StoreError):
        await harness.flows.dispatcher.run(job)
    await harness.flows.dispatcher.give_up(job)
    if passing:
        assert "It stopped with 3 keys left" in await message(harness, bulk.id)
    outcome = await harness.run(TECH, f"key disable --resume {bulk.id}")
    assert isinstance(outcome, BulkReported)
    assert outcome.bulk.complete
    assert not {"old-0", "old-1", "old-2", "old-3"} & await enabled(harness)


async def test_a_job_ends_no_act_that_another_one_runs(harness: Harness) -> None:
    """A refused press beside it changes no message"""
    await add(harness, 2)
    bulk = await previewed(harness)
    running = begin(bulk, "j-other")
    late = await harness.job(TECH, f"key disable --resume {bulk.id}")
    entry = harness.flows.dispatcher.audit_log.entry(late, AuditEvent.ANSWERED)
    assert await harness.bulks.replace(bulk, running, entry, told=True)
    give_role(harness, TECH, Role.BILLING)
    assert isinstance(await harness.flows.dispatcher.run(late), Denied)
    await harness.flows.dispatcher.give_up(late)
    assert running == await harness.bulks.load(bulk.id)
