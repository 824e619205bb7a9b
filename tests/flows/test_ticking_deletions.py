import asyncio
from datetime import timedelta

import pytest

from bot.domain.people import Actor
from bot.domain.requests import Request
from bot.domain.sayings import Topic
from bot.flows.requests.execute import SOAK
from tests.flows.office import (
    ADMIN,
    COLLEAGUE,
    DEV,
    TECH,
    Office,
)
from tests.flows.requested import (
    agreed,
    carried_out,
    enabled,
    kept,
    looked,
    times_said,
)


async def deleted(office: Office) -> Request:
    """Let one ask for the deletion of a key and another agree."""
    request = await agreed(office, "key delete ci-bot --env shop-dev", TECH, to=COLLEAGUE)
    await carried_out(office, request)
    return await kept(office, request)


async def names(office: Office) -> list[str]:
    """Keys of the development environment."""
    return [key.name for key in await office.account.keys(DEV.id)]


async def test_a_deletion_comes_true_after_its_soak(office: Office) -> None:
    """Not a moment before; once"""
    await deleted(office)
    office.clock.at += SOAK - timedelta(seconds=1)
    await looked(office)
    assert "ci-bot" in await names(office)
    office.clock.go_on(seconds=1)
    await asyncio.gather(*(looked(office) for _ in range(2)))
    assert "ci-bot" not in await names(office)
    assert 1 == times_said(office, Topic.DELETED)
    assert 1 == office.account.calls["delete"]


@pytest.mark.parametrize("actor", [TECH, ADMIN])
async def test_a_deletion_that_was_taken_back_does_not_come_true(
    office: Office, actor: Actor
) -> None:
    """Whoever enables the key within its soak keeps it"""
    request = await deleted(office)
    office.clock.go_on(days=6)
    await office.says(actor, "key restore ci-bot --env shop-dev")
    office.clock.go_on(days=1)
    await looked(office)
    assert await enabled(office, "ci-bot")
    assert Topic.RESTORED == (await kept(office, request)).outcome


async def test_a_key_that_is_disabled_after_its_deletion_was_taken_back_is_not_deleted(
    office: Office,
) -> None:
    """The deletion is over; stopping a leak later does not bring it back"""
    await deleted(office)
    office.clock.go_on(days=1)
    await office.says(TECH, "key restore ci-bot --env shop-dev")
    office.clock.go_on(days=1)
    await office.says(TECH, "key disable ci-bot --env shop-dev")
    office.clock.go_on(days=6)
    await looked(office)
    assert "ci-bot" in await names(office)
