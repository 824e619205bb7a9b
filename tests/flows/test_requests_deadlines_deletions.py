import asyncio
from datetime import timedelta

import pytest

from bot.domain.keys import LastChange
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.errors import AlteredRecord
from bot.flows.requests.execute import SOAK
from tests.fakes.jobs import FakeJobs
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, TECH, Harness, staffed
from tests.flows.requested import (
    approved,
    carried_out,
    enabled,
    kept,
    looked,
    times_notified,
)


async def deleted(harness: Harness) -> Request:
    """Request the deletion of a key and approve it."""
    request = await approved(harness, "key delete ci-bot --env shop-dev", TECH, to=COLLEAGUE)
    await carried_out(harness, request)
    return await kept(harness, request)


async def names(harness: Harness) -> list[str]:
    """List the keys of the development environment."""
    return [key.name for key in await harness.account.keys(DEV.id)]


class Altered(FakeJobs):
    """Jobs whose record of a key's last change is not believed, from a time on."""

    altered = False

    async def last_change(self, api_key: str) -> LastChange | None:
        """Refuse the record."""
        if self.altered:
            raise AlteredRecord(api_key)
        return await super().last_change(api_key)


async def test_no_key_is_deleted_by_a_record_that_is_not_believed() -> None:
    """It may hide that the key was restored; the key stays disabled, and its requester is told"""
    jobs = Altered()
    harness = staffed(jobs=jobs)
    request = await deleted(harness)
    jobs.altered = True
    harness.clock.at += SOAK
    await looked(harness)
    await looked(harness)
    assert "ci-bot" in await names(harness)
    assert not await enabled(harness, "ci-bot")
    assert (await kept(harness, request)).delete_at is None
    assert 1 == times_notified(harness, Topic.RESTORED)


async def test_a_key_is_deleted_after_its_soak(harness: Harness) -> None:
    """Not before, and once."""
    await deleted(harness)
    harness.clock.at += SOAK - timedelta(seconds=1)
    await looked(harness)
    assert "ci-bot" in await names(harness)
    harness.clock.go_on(seconds=1)
    await asyncio.gather(*(looked(harness) for _ in range(2)))
    assert "ci-bot" not in await names(harness)
    assert 1 == times_notified(harness, Topic.DELETED)
    assert 1 == harness.account.calls["delete"]


@pytest.mark.parametrize("actor", [TECH, ADMIN])
async def test_a_deletion_is_cancelled_by_enabling_the_key(harness: Harness, actor: Actor) -> None:
    """A person who enables the key during the soak keeps it."""
    request = await deleted(harness)
    harness.clock.go_on(days=6)
    await harness.run(actor, "key restore ci-bot --env shop-dev")
    harness.clock.go_on(days=1)
    await looked(harness)
    assert await enabled(harness, "ci-bot")
    assert Topic.RESTORED == (await kept(harness, request)).outcome


async def test_a_key_that_is_disabled_after_a_cancelled_deletion_is_not_deleted(
    harness: Harness,
) -> None:
    """The deletion is over; disabling the key later does not start it again."""
    await deleted(harness)
    harness.clock.go_on(days=1)
    await harness.run(TECH, "key restore ci-bot --env shop-dev")
    harness.clock.go_on(days=1)
    await harness.run(TECH, "key disable ci-bot --env shop-dev")
    harness.clock.go_on(days=6)
    await looked(harness)
    assert "ci-bot" in await names(harness)
