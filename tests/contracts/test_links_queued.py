"""A press that a process without the account key stores, and a worker takes up, over real Redis."""

from dataclasses import dataclass
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.names import PRESSES
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.store import Store
from bot.adapters.vault import decode, hash_proof, open_bundle, proof_of
from bot.domain.links import AlreadyOpened, LinkState, NoLongerAllowed, Revealed
from bot.domain.secret import Secret
from bot.domain.visitors import Browser
from bot.errors import WorkerAway
from bot.flows.links.open import LinkOpener
from bot.flows.links.queue import PressRunner, QueuedOpening
from bot.flows.links.reveal import Revealer
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import SECRET, TOM, LinkSetup, receipts
from tests.fakes.clock import OtherClock

__all__ = ["redis", "server"]

BROWSER: Final = Browser("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "hash of an address")


@dataclass
class Processes(LinkSetup):
    """A page's process, and a worker that takes presses from the queue."""

    worker_runs: bool = True
    ahead: float = 0.0
    """Seconds that the worker's clock is ahead."""

    async def work(self) -> None:
        """Take up what is queued."""
        queue = RedisQueue(self.redis, PRESSES)
        await queue.open()
        clock = OtherClock(self.clock, self.ahead)
        deciding = self.access, clock, self.changes, self.locks
        runner = PressRunner(self.kept, LinkOpener(self.kept, self.enabler, *deciding), clock)
        for item in await queue.take(9):
            await runner(item.field("id"), item.field("since"), item.field("trace"))
            await queue.done(item)
        await queue.close()

    async def _look(self, seconds: float) -> None:
        self.clock.go_on(seconds=seconds)
        if self.worker_runs:
            await self.work()

    async def queue(self, link: tuple[str, str], visit: str = "this page") -> object:
        """Press Reveal where the account key is not."""
        opening = QueuedOpening(self.kept, self.clock, self._look)
        revealer = Revealer(
            *(self.kept, opening, self.access, self.clock, hash_proof, self.changes)
        )
        proof = proof_of(decode(link[1]))
        return await revealer.reveal(link[0], proof, Secret(visit), browser=BROWSER, visitor=TOM)


@pytest.fixture
def setup(redis: Redis) -> Processes:
    """Create both on an empty store."""
    return Processes(redis)


async def test_the_page_gets_the_ciphertext_that_a_worker_let_go(setup: Processes) -> None:
    """Once; the queue holds no proof, and is empty then"""
    link = await setup.made()
    opened = await setup.queue(link)

    assert isinstance(opened, Revealed)
    bundle = open_bundle(opened.sealed, link[1], link[0], setup.pending.fingerprint)
    assert bundle["api_secret"] == SECRET
    assert setup.enabler.enabled
    assert await setup.redis.xlen(PRESSES) == 0
    assert await setup.queue(link) == opened
    assert isinstance(await setup.queue(link, "another"), AlreadyOpened)
    ((_, receipt),) = await receipts(setup)
    assert (receipt.browser, receipt.signed_in) == ("Firefox", True)


@pytest.mark.parametrize("ahead", [-10, 10])
async def test_the_page_gets_it_from_a_worker_with_another_clock(
    setup: Processes, ahead: float
) -> None:
    """And may ask again, as long as the clocks agree that the minute lasts"""
    setup.ahead = ahead
    link = await setup.made()
    opened = await setup.queue(link)
    assert isinstance(opened, Revealed)
    setup.clock.go_on(seconds=59 - abs(ahead))
    assert await setup.queue(link) == opened


async def test_what_is_queued_names_the_link_alone(setup: Processes) -> None:
    """Who opens it is in the link's record, under its MAC"""
    link = await setup.made()
    key = names.link(link[0])
    setup.worker_runs = False
    with pytest.raises(WorkerAway):
        await setup.queue(link)

    ((_, item),) = await Store(setup.redis).stream(PRESSES, "-", "+", 9)
    assert set(item) == {"id", "since", "trace"}
    stored = await setup.redis.hgetall(key)
    for field, forged in (("opener", '{"person": null, "browser": {}}'), ("visit", "theirs")):
        await setup.redis.hset(key, field, forged)
        assert await setup.kept.find(link[0]) is None
        await setup.redis.hset(key, field, str(stored[field]))
    assert await setup.kept.find(link[0])


async def test_a_refusal_seals_it_again_with_its_reason(setup: Processes) -> None:
    """A later press forgets the reason of a former one"""
    link = await setup.made()
    setup.access.answer = False
    assert await setup.queue(link) == NoLongerAllowed()
    found = await setup.kept.find(link[0])
    assert found
    assert found.state is LinkState.SEALED
    assert setup.enabler.calls == []
    setup.access.answer = True
    assert isinstance(await setup.queue(link), Revealed)
