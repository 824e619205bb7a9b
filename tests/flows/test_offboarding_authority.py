"""By what right the parts of an offboarding end: read again while it runs, and never a way around.

A person who loses their right in the middle ends nothing more, and what needs an approval of its
own is no part.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from bot.domain.bulk import Bulk, OutReason
from bot.domain.keys import Key
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import State
from tests.fakes.cloudinary import FakeAccount
from tests.flows.harness import ADMIN, CHIEF, DEV, PROD, TECH, Harness, staffed
from tests.flows.offboarding import OFFBOARD, offboarding, previewed, settled_in
from tests.flows.requested import (
    approved,
    carried_out,
    give_role,
    kept,
    leave,
    one_after,
    under,
)
from tests.flows.test_users_authority import SECOND, THIRD, USUAL_THERE, mastered
from tests.flows.with_roles import with_roles

Loses = Callable[[Harness], Awaitable[None]]


class Meanwhile(FakeAccount):
    """An account in which something happens once, right after a key was disabled."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self.then: Callable[[], Awaitable[None]] | None = None

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key."""
        key = await super().set_enabled(environment_id, api_key, enabled=enabled)
        if self.then:
            then, self.then = self.then, None
            await then()
        return key


async def is_demoted(harness: Harness) -> None:
    """The requester gets a lesser role."""
    give_role(harness, ADMIN, Role.REPORTS)


async def leaves_slack(harness: Harness) -> None:
    """The requester is deactivated."""
    await leave(harness, ADMIN)


async def is_disabled(harness: Harness) -> None:
    """The requester's Cloudinary user is disabled."""
    user = harness.account.user_now(f"u-{ADMIN.user_id}")
    harness.account.add_user(replace(user, enabled=False))


async def approver_is_demoted(harness: Harness) -> None:
    """The person who approved gets a lesser role."""
    give_role(harness, CHIEF, Role.REPORTS)


def report(outcome: Outcome) -> Bulk:
    """What became of the parts."""
    assert isinstance(outcome, BulkReported), outcome
    return outcome.bulk


@pytest.mark.parametrize("loses", [is_demoted, leaves_slack, is_disabled, approver_is_demoted])
async def test_who_loses_their_right_in_the_middle_ends_nothing_more(loses: Loses) -> None:
    """The parts behind stay as they are, whatever they are about"""
    harness = staffed(make_account=Meanwhile)
    await settled_in(harness)
    request = await offboarding(harness, "keys,links,requests,delegations")
    assert isinstance(harness.account, Meanwhile)

    async def then() -> None:
        harness.clock.go_on(seconds=6)
        await loses(harness)

    harness.account.then = then
    bulk = report(await carried_out(harness, request))
    assert ["done", "failed"] == [str(part.state) for part in bulk.parts][:2]
    assert {"waiting"} == {str(part.state) for part in bulk.parts[2:]}
    assert 2 == len(await harness.delegations.current(harness.clock.now()))
    assert State.FAILED is (await kept(harness, request)).state


STRICT: Final = """
@id("all")
permit (principal, action, resource) when { principal.at_cloudinary }
unless { action == Action::"key:disable" };

@id("strict")
@approvals("2")
@approvers("admins")
permit (principal, action == Action::"key:disable", resource);
"""


async def test_a_key_that_needs_an_approval_of_its_own_is_no_part(
    harness: Harness, tmp_path: Path
) -> None:
    """The list names it; and one that needs it since is left alone when it runs"""
    await settled_in(harness)
    request = await offboarding(harness, "keys")
    under(harness, tmp_path, STRICT)
    bulk = await previewed(harness)
    assert OutReason.NEEDS_APPROVAL in [it.reason for it in bulk.left_out]
    assert not any(part.command.startswith("key ") for part in bulk.parts)
    await carried_out(harness, request)
    assert (await harness.key(DEV, "mine")).enabled


LEADS: Final = """
@id("all")
permit (principal, action, resource) when { principal.at_cloudinary };

@id("led")
@approvals("1")
@approvers("group:Leads")
permit (principal, action == Action::"user:role", resource);
"""


async def test_an_approver_who_leaves_the_group_at_the_same_time_raises_no_one(
    tmp_path: Path,
) -> None:
    """The account's lock is held for both, and the second sees the first in its approver"""
    for lag in range(0, 80, 2):
        harness = under(mastered(), tmp_path, LEADS)
        harness.account.add_group("Leads")
        for each in (THIRD, CHIEF):
            user = harness.account.user_now(f"u-{each.user_id}")
            harness.account.add_user(user, groups=["Leads"])
        raises = await approved(harness, "user role @U0TECH reports", ADMIN, to=THIRD)
        ends = await approved(harness, "group drop Leads @U0THIRD", ADMIN, to=CHIEF)
        order = list[str]()
        await one_after(harness, ends, raises, lag=lag)
        for entry in harness.jobs.entries:
            if entry.event == "done":
                order.append(entry.job)
        assert [ends.id, raises.id] != order, lag


@pytest.mark.parametrize(
    "text", ["user envs @U0TECH shop-dev,shop", "group add Content @U0TECH"], ids=["user", "group"]
)
async def test_a_requester_who_loses_an_environment_at_the_same_time_gives_it_to_no_one(
    text: str,
) -> None:
    """The account's lock is held for both, and the second sees the first in its requester"""
    for lag in range(0, 80, 2):
        harness = mastered(with_roles() if "group" in text else None)
        harness.account.add_group("Content", USUAL_THERE)
        harness.add_member(TECH, Role.REPORTS, reaches=DEV)
        user = harness.add_member(ADMIN, Role.ADMIN, reaches=DEV)
        harness.account.add_user(user, environments=[DEV.id, PROD.id])
        raises = await approved(harness, text, ADMIN, to=THIRD)
        ends = await approved(harness, "user envs @U0ADMIN shop-dev", CHIEF, to=THIRD)
        await one_after(harness, ends, raises, lag=lag)
        order = [it.job for it in harness.jobs.entries if it.event == "done"]
        assert [ends.id, raises.id] != order, lag


def text_for(who: Actor) -> str:
    """The command that offboards a person."""
    return OFFBOARD.replace(TECH.user_id, who.user_id)


@pytest.mark.parametrize("other", ["offboard", "demote", "disable"])
async def test_two_master_admins_who_end_each_other_at_once_leave_one(other: str) -> None:
    """By any two ways, in any order"""
    for lag in range(0, 120, 4):
        harness = mastered()
        harness.add_member(TECH, Role.ADMIN)
        requests = []
        for by, ends in ((CHIEF, SECOND), (SECOND, CHIEF)):
            text = text_for(ends)
            if by is CHIEF or other == "offboard":
                bulk = await previewed(harness, text, by)
                text = f"{text} --list {bulk.id} --reason left"
            elif other == "demote":
                text = f"user role @{ends.user_id} admin"
            else:
                text = f"user disable @{ends.user_id} --confirm chief@lumen.example"
            requests.append(await approved(harness, text, by, to=THIRD, also=[TECH]))
        await one_after(harness, *requests, lag=lag)
        users = [harness.account.user_now(f"u-{it.user_id}") for it in (CHIEF, SECOND)]
        assert any(it.enabled and it.role is Role.MASTER_ADMIN for it in users), lag
