"""An opening whose process stood still: it lost its turn, and a newer link was opened meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from bot.domain.audit import AuditEvent, Entry
from bot.domain.keys import Key
from bot.domain.links import Gone
from bot.errors import Unavailable
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import CREDENTIALS, FakeEnabler, LinkSetup

__all__ = ["redis", "server"]


@dataclass
class SlowEnabler(FakeEnabler):
    """Does something in the middle of its next change."""

    meanwhile: Callable[[], Awaitable[None]] | None = None
    fails: bool = False

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Change the state, after what comes in between."""
        key = await super().set_enabled(environment_id, api_key, enabled=enabled)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
            if self.fails:
                raise Unavailable("500", maybe_done=True)
        return key


@pytest.mark.parametrize("fails", [False, True])
async def test_the_key_that_a_newer_link_gave_its_owner_stays_enabled(
    redis: Redis, *, fails: bool
) -> None:
    """The former opening shows nothing, and takes nothing away"""
    enabler = SlowEnabler(fails=fails)
    setup = LinkSetup(redis, enabler=enabler)
    former = await setup.made()

    async def newer() -> None:
        at, kept = setup.clock.now(), setup.kept
        entry = Entry(at, AuditEvent.REVEALED, "link:open")
        made = await setup.creator.make(setup.pending, CREDENTIALS)
        assert made
        link_id = made.url.show().removeprefix("/s/").partition("#")[0]
        link = await kept.find(link_id)
        assert link
        assert await kept.start(link, at, entry)
        opening = await kept.find(link_id)
        assert opening
        assert await kept.take(opening, setup.pending, at, entry)

    enabler.meanwhile = newer
    if fails:
        with pytest.raises(Unavailable):
            await setup.press(former)
    else:
        assert isinstance(await setup.press(former), Gone)
    assert enabler.enabled
    assert enabler.calls == [True]
