import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.outcomes.decisions import Voided
from bot.domain.people import Role
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Topic
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    WISH,
    WISH_IN_PRODUCTION,
    approved,
    asked,
    carried_out,
    give_role,
    kept,
    leave,
    rule,
    topics,
    under,
    with_sleeper,
)


def effects(harness: Harness) -> int:
    """Count the calls that change something at Cloudinary."""
    calls = harness.account.calls
    return sum(calls[verb] for verb in ("create_key", "set_enabled", "rename", "delete"))


Move = Callable[[Harness], object]


async def left(harness: Harness) -> None:
    """Let the approver leave the company."""
    await leave(harness, COLLEAGUE)


async def lost_role(harness: Harness) -> None:
    """Give the approver another role."""
    give_role(harness, COLLEAGUE, Role.BILLING)


async def lost_access(harness: Harness) -> None:
    """Remove the approver's access to the environment."""
    give_role(harness, COLLEAGUE, Role.TECHNICAL_ADMIN, reaches=DEV)


async def requester_left(harness: Harness) -> None:
    """Let the requester leave."""
    await leave(harness, TECH)


async def requester_lost_role(harness: Harness) -> None:
    """Give the requester a role that may not request this."""
    give_role(harness, TECH, Role.BILLING)


async def key_renamed(harness: Harness) -> None:
    """Rename the key."""
    key = await harness.key(PROD, "sleeper")
    harness.account.replace_key(PROD.id, replace(key, name="other"))


async def key_deleted(harness: Harness) -> None:
    """Replace the key by another one with its name."""
    key = await harness.key(PROD, "sleeper")
    harness.account.remove_key(PROD.id, key.api_key)
    with_sleeper(harness)


async def place_moved(harness: Harness) -> None:
    """Rename the environment so that its tier changes."""
    keys = await harness.account.keys(PROD.id)
    harness.account.add_environment(replace(PROD, name="Shop staging", cloud_name="shop-staging"))
    for key in keys:
        harness.account.replace_key(PROD.id, key)


@pytest.mark.parametrize(
    "move",
    [
        left,
        lost_role,
        lost_access,
        requester_left,
        requester_lost_role,
        key_renamed,
        key_deleted,
        place_moved,
    ],
)
async def test_an_approval_is_void_once_the_facts_have_changed(
    harness: Harness, move: Callable[[Harness], object]
) -> None:
    """Between the vote and the execution; nothing is done, and a message tells it."""
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    moving = move(harness)
    assert asyncio.iscoroutine(moving)
    await moving
    before = effects(harness)
    assert isinstance(await carried_out(harness, request), Voided)
    assert before == effects(harness)
    assert State.CANCELLED is (await kept(harness, request)).state
    assert [Topic.VOID] == topics(harness)[-1:]


@pytest.mark.parametrize(
    "conditions",
    [
        '@approvals("2")\n@approvers("key_roles")',
        '@approvals("1")\n@approvers("admins")',
        '@approvals("1")\n@approvers("key_roles")\n@comment("required")',
    ],
)
async def test_a_harder_rule_voids_what_was_approved_under_the_former(
    harness: Harness, tmp_path: Path, conditions: str
) -> None:
    """More people, other people, or more denials."""
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    under(harness, tmp_path, rule("key:enable", conditions))
    assert isinstance(await carried_out(harness, request), Voided)


async def test_a_rule_that_requires_no_approval_any_more_allows_the_execution(
    harness: Harness, tmp_path: Path
) -> None:
    """What needs no approval may be done with one."""
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    under(harness, tmp_path, rule("key:enable", ""))
    await carried_out(harness, request)
    assert State.DONE is (await kept(harness, request)).state


async def test_one_of_two_approvers_who_left_is_one_too_few(harness: Harness) -> None:
    """The admin among them still has to be an admin."""
    request = await asked(harness, DELETE, TECH)
    for actor in (COLLEAGUE, ADMIN):
        await harness.run(actor, f"approve {request.id}")
    give_role(harness, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(harness, request), Voided)
    assert (await harness.key(PROD, "shop-web")).enabled


async def test_a_key_that_was_disabled_meanwhile_stays_disabled(harness: Harness) -> None:
    """A key that was disabled after the request is not enabled by the older approval."""
    key = with_sleeper(harness)
    harness.account.replace_key(PROD.id, replace(key, enabled=True))
    other = await asked(harness, "key enable shared --env shop", TECH)
    shared = await harness.key(PROD, "shared")
    await harness.run(COLLEAGUE, f"approve {other.id}")
    harness.clock.go_on(minutes=1)
    await harness.run(ADMIN, "key disable shared --env shop --confirm shared")
    await carried_out(harness, other)
    assert not (await harness.key(PROD, shared.name)).enabled
    assert State.FAILED is (await kept(harness, other)).state


async def test_production_credentials_need_an_admin_until_the_execution(harness: Harness) -> None:
    """An admin who became a technical admin since the vote is no admin."""
    request = await approved(harness, WISH_IN_PRODUCTION, to=ADMIN)
    give_role(harness, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(harness, request), Voided)
    assert harness.account.calls["create_key"] == 0


async def test_no_key_is_created_for_an_owner_who_has_left(harness: Harness) -> None:
    """The requester has not left."""
    request = await approved(harness, f"{WISH} --for @{NEWCOMER.user_id}", COLLEAGUE)
    await leave(harness, NEWCOMER)
    assert isinstance(await carried_out(harness, request), Voided)
    assert harness.account.calls["create_key"] == 0


async def test_a_change_of_how_approvers_hear_voids_no_request(
    harness: Harness, tmp_path: Path
) -> None:
    """It is none of the conditions that they agreed to"""
    one = '@approvals("1")\n@approvers("key_roles")\n'
    under(harness, tmp_path, rule("key:request", one))
    request = await approved(harness)
    under(harness, tmp_path, rule("key:request", f'{one}@notify("none")'))
    assert not isinstance(await carried_out(harness, request), Voided)
