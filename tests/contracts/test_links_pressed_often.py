"""Presses that fail again and again: each asks Slack and Cloudinary, so they have to wait."""

from typing import Final

import pytest

from bot.domain.links import (
    FREE_STARTS,
    PAUSE,
    Addressed,
    BeingOpened,
    NoLongerAllowed,
    Revealed,
)
from bot.errors import Unavailable
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import LinkSetup, setup

__all__ = ["redis", "server", "setup"]

MANY: Final = 50


async def test_who_may_not_have_the_credentials_keeps_no_service_busy(setup: LinkSetup) -> None:
    """Such as a person who has left, with a link that they were sent before"""
    link = await setup.made()
    setup.access.answer = False
    answers = [await setup.press(link) for _ in range(MANY)]
    refused = [NoLongerAllowed()] * FREE_STARTS
    assert [*refused, *[BeingOpened()] * (MANY - FREE_STARTS)] == answers
    entries = await setup.redis.xlen("{keysmith}:audit")
    assert isinstance(await setup.press(link), BeingOpened)
    assert entries == await setup.redis.xlen("{keysmith}:audit")
    setup.clock.go_on(seconds=PAUSE.total_seconds())
    assert [NoLongerAllowed(), BeingOpened()] == [await setup.press(link) for _ in range(2)]


async def test_a_link_that_failed_often_opens_after_a_pause(setup: LinkSetup) -> None:
    """Cloudinary was away; the page still says whose it is"""
    link = await setup.made()
    for _ in range(FREE_STARTS):
        setup.enabler.failures = [Unavailable("500", maybe_done=True)]
        with pytest.raises(Unavailable):
            await setup.press(link)
    assert isinstance(await setup.press(link), BeingOpened)
    assert isinstance(await setup.look(link), Addressed)
    setup.clock.go_on(seconds=PAUSE.total_seconds())
    assert isinstance(await setup.press(link), Revealed)
