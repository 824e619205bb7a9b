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
    """How often Cloudinary was asked to change something."""
    calls = harness.account.calls
    return sum(calls[verb] for verb in ("create_key", "set_enabled", "rename", "delete"))


Move = Callable[[Harness], object]


async def left(harness: Harness) -> None:
    """The approver has left the company."""
    await leave(harness, COLLEAGUE)


async def lost_role(harness: Harness) -> None:
    """The approver has another role."""
    give_role(harness, COLLEAGUE, Role.BILLING)


async def lost_access(harness: Harness) -> None:
    """The approver does not reach the environment any more."""
    give_role(harness, COLLEAGUE, Role.TECHNICAL_ADMIN, reaches=DEV)


async def requester_left(harness: Harness) -> None:
    """Who asked has left."""
    await leave(harness, TECH)


async def requester_lost_role(harness: Harness) -> None:
    """Who asked could not even ask today."""
    give_role(harness, TECH, Role.BILLING)


async def key_renamed(harness: Harness) -> None:
    """The key has another name than the one on the card."""
    key = await harness.key(PROD, "sleeper")
    harness.account.replace_key(PROD.id, replace(key, name="other"))


async def key_deleted(harness: Harness) -> None:
    """The key is gone, and another has its name."""
    key = await harness.key(PROD, "sleeper")
    harness.account.remove_key(PROD.id, key.api_key)
    with_sleeper(harness)


async def place_moved(harness: Harness) -> None:
    """The environment is of another tier by its name."""
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
    """Between the press and the work; nothing is done, and it is said so"""
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
    """More people, others, or more of their words"""
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    under(harness, tmp_path, rule("key:enable", conditions))
    assert isinstance(await carried_out(harness, request), Voided)


async def test_a_rule_that_wants_nobody_any_more_lets_it_happen(
    harness: Harness, tmp_path: Path
) -> None:
    """What may be done at once may be done with approval"""
    with_sleeper(harness)
    request = await approved(harness, WAKE_UP, TECH, to=COLLEAGUE)
    under(harness, tmp_path, rule("key:enable", ""))
    await carried_out(harness, request)
    assert State.DONE is (await kept(harness, request)).state


async def test_one_of_two_approvers_who_left_is_one_too_few(harness: Harness) -> None:
    """And the admin among them has to be one still"""
    request = await asked(harness, DELETE, TECH)
    for actor in (COLLEAGUE, ADMIN):
        await harness.run(actor, f"approve {request.id}")
    give_role(harness, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(harness, request), Voided)
    assert (await harness.key(PROD, "shop-web")).enabled


async def test_a_leak_that_was_stopped_meanwhile_stays_stopped(harness: Harness) -> None:
    """Whoever disables the key after it was asked for is not overruled by an older approval"""
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


async def test_production_credentials_want_an_admin_to_the_end(harness: Harness) -> None:
    """An admin who became a technical admin since the press is none"""
    request = await approved(harness, WISH_IN_PRODUCTION, to=ADMIN)
    give_role(harness, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(harness, request), Voided)
    assert harness.account.calls["create_key"] == 0


async def test_no_key_is_made_for_an_owner_who_has_left(harness: Harness) -> None:
    """Whoever asked for them is still there"""
    request = await approved(harness, f"{WISH} --for @{NEWCOMER.user_id}", COLLEAGUE)
    await leave(harness, NEWCOMER)
    assert isinstance(await carried_out(harness, request), Voided)
    assert harness.account.calls["create_key"] == 0
