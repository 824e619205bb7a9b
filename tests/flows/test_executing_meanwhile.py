import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.decided import Voided
from bot.domain.people import Role
from bot.domain.requests import State
from bot.domain.sayings import Topic
from tests.flows.office import ADMIN, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Office
from tests.flows.requested import (
    DELETE,
    WAKE_UP,
    WISH,
    WISH_IN_PRODUCTION,
    agreed,
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


def effects(office: Office) -> int:
    """How often Cloudinary was asked to change something."""
    calls = office.account.calls
    return sum(calls[verb] for verb in ("create_key", "set_enabled", "rename", "delete"))


Move = Callable[[Office], object]


async def left(office: Office) -> None:
    """The approver has left the company."""
    await leave(office, COLLEAGUE)


async def lost_role(office: Office) -> None:
    """The approver has another role."""
    give_role(office, COLLEAGUE, Role.BILLING)


async def lost_access(office: Office) -> None:
    """The approver does not reach the environment any more."""
    give_role(office, COLLEAGUE, Role.TECHNICAL_ADMIN, reaches=DEV)


async def requester_left(office: Office) -> None:
    """Who asked has left."""
    await leave(office, TECH)


async def requester_lost_role(office: Office) -> None:
    """Who asked could not even ask today."""
    give_role(office, TECH, Role.BILLING)


async def key_renamed(office: Office) -> None:
    """The key has another name than the one on the card."""
    key = await office.key(PROD, "sleeper")
    office.account.replace_key(PROD.id, replace(key, name="other"))


async def key_deleted(office: Office) -> None:
    """The key is gone, and another has its name."""
    key = await office.key(PROD, "sleeper")
    office.account.remove_key(PROD.id, key.api_key)
    with_sleeper(office)


async def place_moved(office: Office) -> None:
    """The environment is of another tier by its name."""
    keys = await office.account.keys(PROD.id)
    office.account.add_environment(replace(PROD, name="Shop staging", cloud_name="shop-staging"))
    for key in keys:
        office.account.replace_key(PROD.id, key)


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
async def test_an_approval_is_void_once_the_world_has_moved(
    office: Office, move: Callable[[Office], object]
) -> None:
    """Between the press and the work; nothing is done, and it is said so"""
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    moving = move(office)
    assert asyncio.iscoroutine(moving)
    await moving
    before = effects(office)
    assert isinstance(await carried_out(office, request), Voided)
    assert before == effects(office)
    assert State.CANCELLED is (await kept(office, request)).state
    assert [Topic.VOID] == topics(office)[-1:]


@pytest.mark.parametrize(
    "conditions",
    [
        '@approvals("2")\n@approvers("key_roles")',
        '@approvals("1")\n@approvers("admins")',
        '@approvals("1")\n@approvers("key_roles")\n@comment("required")',
    ],
)
async def test_a_harder_rule_voids_what_was_agreed_to_under_the_former(
    office: Office, tmp_path: Path, conditions: str
) -> None:
    """More people, others, or more of their words"""
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    under(office, tmp_path, rule("key:enable", conditions))
    assert isinstance(await carried_out(office, request), Voided)


async def test_a_rule_that_wants_nobody_any_more_lets_it_happen(
    office: Office, tmp_path: Path
) -> None:
    """What may be done at once may be done with approval"""
    with_sleeper(office)
    request = await agreed(office, WAKE_UP, TECH, to=COLLEAGUE)
    under(office, tmp_path, rule("key:enable", ""))
    await carried_out(office, request)
    assert State.DONE is (await kept(office, request)).state


async def test_one_of_two_approvers_who_left_is_one_too_few(office: Office) -> None:
    """And the admin among them has to be one still"""
    request = await asked(office, DELETE, TECH)
    for actor in (COLLEAGUE, ADMIN):
        await office.says(actor, f"approve {request.id}")
    give_role(office, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(office, request), Voided)
    assert (await office.key(PROD, "shop-web")).enabled


async def test_a_leak_that_was_stopped_meanwhile_stays_stopped(office: Office) -> None:
    """Whoever disables the key after it was asked for is not overruled by an older approval"""
    key = with_sleeper(office)
    office.account.replace_key(PROD.id, replace(key, enabled=True))
    other = await asked(office, "key enable shared --env shop", TECH)
    shared = await office.key(PROD, "shared")
    await office.says(COLLEAGUE, f"approve {other.id}")
    office.clock.go_on(minutes=1)
    await office.says(ADMIN, "key disable shared --env shop --confirm shared")
    await carried_out(office, other)
    assert not (await office.key(PROD, shared.name)).enabled
    assert State.FAILED is (await kept(office, other)).state


async def test_production_credentials_want_an_admin_to_the_end(office: Office) -> None:
    """An admin who became a technical admin since the press is none"""
    request = await agreed(office, WISH_IN_PRODUCTION, to=ADMIN)
    give_role(office, ADMIN, Role.TECHNICAL_ADMIN)
    assert isinstance(await carried_out(office, request), Voided)
    assert office.account.calls["create_key"] == 0


async def test_no_key_is_made_for_an_owner_who_has_left(office: Office) -> None:
    """Whoever asked for them is still there"""
    request = await agreed(office, f"{WISH} --for @{NEWCOMER.user_id}", COLLEAGUE)
    await leave(office, NEWCOMER)
    assert isinstance(await carried_out(office, request), Voided)
    assert office.account.calls["create_key"] == 0
