"""A person who leaves loses their roles in the account; Cloudinary's fixed role stays."""

from typing import Final

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.people import Role
from bot.domain.requests.machine import Request, State
from bot.domain.users import ACCOUNT_MASTER
from bot.errors import Forbidden, Unavailable
from tests.fakes.bulks import FakeBulks
from tests.flows.failing_fakes import Crash, Failing, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, TECH, Harness
from tests.flows.offboarding import OFFBOARD, offboarding, previewed, shown
from tests.flows.requested import carried_out, kept, one_after
from tests.flows.test_offboarding import report, states
from tests.flows.test_offboarding_crashes import SECOND, of
from tests.flows.with_roles import with_roles

REPORTS: Final = "cld::role::account::reports"
CUSTOM: Final = "cld::role::account::auditor"
USER: Final = f"u-{TECH.user_id}"


class FailingBulks(Failing, FakeBulks):
    """Bulk acts behind a failure point."""


async def holding(harness: Harness) -> Harness:
    """Give the person two roles of the account."""
    for each in (REPORTS, CUSTOM):
        await harness.account.give_account_role(USER, each)
    return harness


async def held(harness: Harness) -> set[str]:
    """The roles of the account that the person has."""
    return {*await harness.account.account_roles_of(USER)}


async def test_a_preview_names_the_roles_that_end_and_the_one_that_stays() -> None:
    """The fixed role, and why it stays"""
    harness = await holding(with_roles())
    said = plain(card_of(shown(await harness.run(CHIEF, OFFBOARD))))
    assert "Take these account roles away: Auditor and Reports" in said
    assert "The role Technical admin stays: Cloudinary gives every user one." in said


async def test_an_account_without_roles_has_no_such_part(harness: Harness) -> None:
    """The fixed role is told there, too"""
    outcome = shown(await harness.run(CHIEF, OFFBOARD))
    assert ["user disable"] == [" ".join(it.command.split()[:2]) for it in outcome.bulk.parts]
    assert "The role Technical admin stays" in plain(card_of(outcome))
    assert not harness.account.calls["account_roles_of"]


async def test_the_roles_that_approvers_saw_end() -> None:
    """One that the person gets meanwhile stays, as a key or a group does"""
    harness = await holding(with_roles())
    await harness.account.take_account_role(USER, CUSTOM)
    request = await offboarding(harness, "roles")
    await harness.account.give_account_role(USER, CUSTOM)
    assert ["done"] == states(report(await carried_out(harness, request)))
    assert {CUSTOM} == await held(harness)
    assert harness.account.user_now(USER).enabled
    done = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
    assert [REPORTS] == [it.target["roles"] for it in done]


async def test_the_roles_of_one_who_became_a_master_admin_meanwhile_stay() -> None:
    """Their end asks for more than the approvers of the list were asked for"""
    harness = await holding(with_roles())
    request = await offboarding(harness, "roles")
    await harness.account.give_account_role(USER, ACCOUNT_MASTER)
    assert ["failed"] == states(report(await carried_out(harness, request)))
    assert {REPORTS, CUSTOM, ACCOUNT_MASTER} == await held(harness)


async def test_roles_that_are_gone_already_leave_nothing() -> None:
    """The report says so"""
    harness = await holding(with_roles())
    request = await offboarding(harness, "roles")
    for each in await held(harness):
        await harness.account.take_account_role(USER, each)
    bulk = report(await carried_out(harness, request))
    assert ["skipped"] == states(bulk)
    assert "There was nothing left to end." in plain(card_of(BulkReported(bulk)))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_at_any_call_takes_each_role_once(*, after: bool) -> None:
    """The step is recognised, and recorded once"""
    at, done = 0, False
    while not done:
        at += 1
        point = FailurePoint()
        harness = await holding(with_roles(failing(point)))
        harness.bulks = bulks = FailingBulks()
        bulks.failure_point = point
        harness.rebuild()
        request: Request = await offboarding(harness, "roles")
        point.arm(at, after=after)
        try:
            await carried_out(harness, request)
        except Crash:
            point.arm(0)
            await harness.again(request.id)
        else:
            done = True
        point.arm(0)
        assert set() == await held(harness), at
        assert State.DONE is (await kept(harness, request)).state, at
        bulk = await harness.bulks.load(request.id)
        assert bulk
        assert ["done"] == states(bulk), at
        assert 1 == len([it for it in harness.jobs.entries if it.event is AuditEvent.DONE]), at


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Unavailable("500", maybe_done=True), Forbidden("no")])
async def test_cloudinary_fails_at_a_role(error: Exception, *, after: bool) -> None:
    """What is left ends by resuming"""
    harness = await holding(with_roles())
    request = await offboarding(harness, "roles")
    harness.account.fail_next("take_account_role", error, after=after)
    bulk = report(await carried_out(harness, request))
    assert ["failed"] == states(bulk)
    bulk = report(await harness.run(ADMIN, f"{OFFBOARD} --resume {request.id}"))
    assert ["done"] == states(bulk)
    assert set() == await held(harness)


async def test_of_two_master_admins_at_once_one_keeps_their_role() -> None:
    """Each loses it by the other: the check is inside the lock"""
    for lag in range(0, 60, 4):
        harness = with_roles()
        harness.add_member(SECOND, Role.MASTER_ADMIN)
        harness.add_member(TECH, Role.ADMIN)
        harness.rebuild()
        harness.account.refuses_last = False
        first = await of(harness, SECOND, CHIEF, ADMIN, TECH, parts="roles")
        second = await of(harness, CHIEF, SECOND, ADMIN, TECH, parts="roles")
        await one_after(harness, first, second, lag=lag)
        own, _ = await harness.account.account_masters()
        assert 1 == len(own), lag


async def test_only_a_part_of_the_request_takes_roles() -> None:
    """The command of the part, typed, shows a list like any other"""
    harness = await holding(with_roles())
    bulk = await previewed(harness, f"{OFFBOARD} --parts roles")
    assert [f"user offboard {USER} --parts roles"] == [it.command for it in bulk.parts]
    await previewed(harness, bulk.parts[0].command)
    assert {REPORTS, CUSTOM} == await held(harness)
