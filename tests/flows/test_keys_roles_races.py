"""Commands about the roles of one key at once, and what else changes meanwhile."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.key_roles import KeyRole
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.keys import KeyCreated, KeyProtected
from bot.domain.outcomes.roles import (
    RoleNotGiven,
    RoleRefused,
    RolesChanged,
    RolesOvertaken,
)
from bot.domain.people import KeyRight, Role
from bot.domain.policy import Action
from bot.domain.requests.machine import State
from tests.fakes.key_roles import ALL_ROLES, UPLOADER
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
)
from tests.flows.requested import approved, asked, carried_out, give_role, kept
from tests.flows.with_roles import with_roles

ADD: Final = f"key roles ci-bot add {UPLOADER.id}"
REMOVE: Final = f"key roles ci-bot remove {UPLOADER.id}"
OTHER: Final = "key roles ci-bot add reports"
LAGS: Final = range(0, 24, 2)
CALLS: Final = 60
"""More calls than a change makes."""


async def held(harness: Harness, name: str = "ci-bot") -> list[str]:
    """Ids of the roles that a key has."""
    key = await harness.key(DEV, name)
    return [role.id for role in await harness.account.roles_of_key(DEV.id, key.api_key)]


async def hold(harness: Harness) -> None:
    """Give the key its role beforehand."""
    key = await harness.key(DEV, "ci-bot")
    harness.account.hold(DEV.id, key.api_key, UPLOADER)


def changes(harness: Harness) -> list[AuditEvent]:
    """Completed changes of roles in the audit log."""
    entries = (each for each in harness.jobs.entries if each.action == Action.KEY_ROLES)
    return [each.event for each in entries if each.event is AuditEvent.DONE]


@pytest.mark.parametrize("had", [False, True])
@pytest.mark.parametrize(
    ("one", "other"),
    [(ADD, ADD), (ADD, REMOVE), (REMOVE, ADD), (REMOVE, REMOVE), (ADD, OTHER), (OTHER, REMOVE)],
)
async def test_two_changes_of_one_key_at_once_end_as_one_after_the_other(
    one: str, other: str, *, had: bool
) -> None:
    """In any interleaving: the roles are what the answers say, and each change is recorded"""
    for lag in LAGS:
        harness = with_roles()
        if had:
            await hold(harness)
        elif REMOVE in {one, other}:  # a removal is planned on what is there
            continue
        jobs = [await harness.job(TECH, one), await harness.job(COLLEAGUE, other)]
        begun = asyncio.create_task(harness.flows.dispatcher.run(jobs[0]))
        for _ in range(lag):
            await asyncio.sleep(0)
        outcomes = [await harness.flows.dispatcher.run(jobs[1]), await begun]
        done = [each for each in outcomes if isinstance(each, RolesChanged)]
        left = [each for each in outcomes if each not in done]
        expected = had
        for each in done:
            expected = expected if each.role != UPLOADER else not expected
        assert (UPLOADER.id in await held(harness)) is expected, (lag, outcomes)
        assert len(await held(harness)) == len(set(await held(harness))), lag
        assert len(done) == len(changes(harness)), (lag, outcomes)
        assert all(each.kind in {"role_unchanged", "no_such_role"} for each in left), left


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("first", "second"), [(ADD, REMOVE), (REMOVE, ADD)])
async def test_a_change_that_another_person_undid_is_not_made_again(
    first: str, second: str, *, after: bool
) -> None:
    """A process dies in the middle; the next one finds the role as the second person left it"""
    overtaken = 0
    for call in range(1, CALLS):
        died = FailurePoint()
        harness = with_roles(failing(died))
        if first == REMOVE:
            await hold(harness)
        job = await harness.job(TECH, first)
        died.arm(call, after=after)
        try:
            await harness.flows.dispatcher.run(job)
        except Crash:
            died.arm(0)
        else:
            break
        harness.rebuild()
        harness.clock.go_on(minutes=1)
        undone = isinstance(await harness.run(COLLEAGUE, second), RolesChanged)
        before = await held(harness)
        again = await harness.again(job.id)
        if undone and not isinstance(again, RolesChanged):
            assert before == await held(harness), call
        if isinstance(again, RolesOvertaken):
            overtaken += 1
            assert undone, call
        assert not (undone and isinstance(again, RolesChanged)), call
    assert overtaken


async def test_one_press_run_twice_is_one_change() -> None:
    """By two processes at once"""
    harness = with_roles()
    job = await harness.job(TECH, ADD)
    runs = [harness.flows.dispatcher.run(job) for _ in range(2)]
    outcomes = await asyncio.gather(*runs)
    assert sorted(each.kind for each in outcomes) == ["role_unchanged", "roles_changed"]
    assert [AuditEvent.DONE] == changes(harness)


async def test_two_presses_on_approve_give_one_role() -> None:
    """At once"""
    harness = with_roles()
    request = await asked(harness, f"key roles shop-web add {UPLOADER.id}", TECH)
    text = f"approve {request.id}"
    await asyncio.gather(harness.run(COLLEAGUE, text), harness.run(COLLEAGUE, text))
    await asyncio.gather(carried_out(harness, request), carried_out(harness, request))
    assert [AuditEvent.DONE] == changes(harness)
    assert State.DONE is (await kept(harness, request)).state


def deleted(role: KeyRole, harness: Harness) -> None:
    """Delete a role at Cloudinary."""
    harness.account.all_roles.remove(role)


def renamed(role: KeyRole, harness: Harness) -> None:
    """Give it the name of another one."""
    every = harness.account.all_roles
    every[every.index(role)] = replace(role, name="Master Admin")


@pytest.mark.parametrize("change", [deleted, renamed])
@pytest.mark.parametrize(
    "text",
    [
        f"request shop ci-upload --reason builds --role {UPLOADER.id}",
        f"key roles shop-web add {UPLOADER.id}",
    ],
)
async def test_a_role_that_changes_during_the_execution_is_given_as_approved_or_not_at_all(
    text: str, change: Callable[[KeyRole, Harness], None]
) -> None:
    """One of the same id keeps its name in the terms; one that is gone leads to nothing"""
    kinds = set()
    for lag in range(0, 120, 5):
        harness = with_roles()
        by = NEWCOMER if text.startswith("request") else TECH
        request = await approved(harness, text, by, to=ADMIN)
        running = asyncio.create_task(carried_out(harness, request))
        for _ in range(lag):
            await asyncio.sleep(0)
        change(UPLOADER, harness)
        outcome = await running
        kinds.add(type(outcome))
        key = (await kept(harness, request)).made or (await harness.key(PROD, "shop-web")).api_key
        roles = await harness.account.roles_of_key(PROD.id, key)
        given = isinstance(outcome, KeyCreated | RolesChanged)
        assert ([UPLOADER.id] if given else []) == [each.id for each in roles], lag
        waits = await harness.pending.pending_of(NEWCOMER)
        assert bool(waits) is isinstance(outcome, KeyCreated), lag
    assert kinds <= {KeyCreated, RolesChanged, Voided, RoleNotGiven, RoleRefused}
    assert kinds & {KeyCreated, RolesChanged}
    assert (len(kinds) > 1) is (change is deleted)


MASTER: Final = ALL_ROLES[0]


@pytest.mark.parametrize(
    "text",
    [f"request shop-dev x --reason y --role {MASTER.id}", f"key roles ci-bot add {MASTER.id}"],
)
async def test_an_approver_who_is_demoted_before_the_execution_gives_no_master_admin(
    text: str,
) -> None:
    """The vote no longer counts, also where a process had begun and died"""
    for call in range(CALLS):
        died = FailurePoint()
        harness = with_roles(failing(died))
        request = await approved(harness, text, TECH, to=ADMIN)
        died.arm(call)
        try:
            await carried_out(harness, request)
        except Crash:
            died.arm(0)
        else:
            if call:
                return
        rights = dict.fromkeys((DEV.id, PROD.id), KeyRight.MANAGE)
        harness.account.add_user(give_role(harness, ADMIN, Role.TECHNICAL_ADMIN), rights=rights)
        before = [key.api_key for key in await harness.account.keys(DEV.id)]
        had = [await harness.account.roles_of_key(DEV.id, each) for each in before]
        harness.rebuild()
        await carried_out(harness, request)
        after = [key.api_key for key in await harness.account.keys(DEV.id)]
        assert before == after, call
        assert had == [await harness.account.roles_of_key(DEV.id, each) for each in after], call
    pytest.fail("every call was tried, and none was the last")


async def test_a_master_admin_key_in_production_needs_both_votes_at_the_end() -> None:
    """One of two approvers is demoted"""
    harness = with_roles()
    text = f"key roles shop-web add {MASTER.id}"
    request = await asked(harness, text, TECH)
    for by in (ADMIN, CHIEF):
        await harness.run(by, f"approve {request.id}")
    give_role(harness, CHIEF, Role.ADMIN)
    assert isinstance(await carried_out(harness, request), Voided)
    key = await harness.key(PROD, "shop-web")
    assert () == await harness.account.roles_of_key(PROD.id, key.api_key)


async def test_a_change_that_waited_behind_another_one_is_made(harness: Harness) -> None:
    """It had not begun, so nothing of it can have been undone"""
    with_roles(harness)
    job = await harness.job(TECH, ADD)
    harness.clock.go_on(minutes=1)
    await harness.run(COLLEAGUE, OTHER)
    assert isinstance(await harness.flows.dispatcher.run(job), RolesChanged)


async def test_a_role_that_another_person_gave_is_no_effect_of_the_request() -> None:
    """A process died before it began; the approver is demoted, so the request is void"""
    died = FailurePoint(method="begin")
    harness = with_roles(failing(died))
    request = await approved(harness, f"key roles ci-bot add {MASTER.id}", TECH, to=ADMIN)
    died.arm(1)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    key = await harness.key(DEV, "ci-bot")
    harness.account.hold(DEV.id, key.api_key, MASTER)
    give_role(harness, ADMIN, Role.TECHNICAL_ADMIN)
    harness.rebuild()
    assert isinstance(await carried_out(harness, request), Voided)


async def test_no_approval_is_asked_for_a_role_of_a_root_key(harness: Harness) -> None:
    """It is refused before a request opens"""
    with_roles(harness)
    root = next(key for key in await harness.account.keys(PROD.id) if key.root)
    outcome = await harness.run(TECH, f"key roles {root.api_key} add {UPLOADER.id} --env shop")
    assert isinstance(outcome, KeyProtected)


async def test_an_account_that_lost_its_roles_gives_none(harness: Harness) -> None:
    """The approved role can't be read any more, so the request is void"""
    with_roles(harness)
    request = await approved(harness, f"key roles ci-bot add {MASTER.id}", TECH, to=ADMIN)
    harness.permissions = False
    harness.rebuild()
    assert isinstance(await carried_out(harness, request), Voided)
    assert [] == await held(harness)
