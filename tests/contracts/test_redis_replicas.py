"""REDIS_REPLICAS: no ack and no open link before so many replicas have what was written."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.connection import client
from bot.adapters.redis.heartbeat import Heartbeat
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.replicas import Replicas
from bot.adapters.redis.steps import Applied, Lost, Step, absent, set_
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_stores
from bot.cards.faults import happened
from bot.domain.audit import Head
from bot.domain.links import Revealed
from bot.domain.outcomes.general import Fault
from bot.domain.redis_url import RedisAddress
from bot.errors import NotReplicated
from handlers.faults import failed
from sandbox.ports import HOST
from tests.contracts.redis_processes import Server, connected_replicas, pair, until
from tests.contracts.test_links_opened import TTL, LinkSetup
from tests.contracts.test_redis_jobs import JOB
from tests.contracts.test_redis_jobs import entry as asked
from tests.contracts.test_redis_ledger import KEY, entry

ONCE = Step((entry("c1"),), (set_("seen", "1"),), (absent("seen"),), replicated=True)


@dataclass(frozen=True)
class Replicated:
    """A master with one replica, which can be held up."""

    redis: Redis
    master: Server
    replica: Server

    def ledger(self, replicas: int = 1) -> Ledger:
        """Open a ledger that waits for replicas."""
        return Ledger(self.redis, Store(self.redis), KEY, replicas)

    def hold(self) -> None:
        """Let the replica hang: its connection stays."""
        self.replica.send(signal.SIGSTOP)

    async def resume(self) -> None:
        """Let it go on, and wait until it has caught up."""
        self.replica.send(signal.SIGCONT)
        await until(lambda: connected_replicas(self.master, 1))
        await self.caught_up()

    async def caught_up(self) -> None:
        """Wait until a write that is made now has reached the replica."""
        probe = secrets.token_hex(4)
        await self.redis.set("probe", probe)

        async def there() -> bool:
            return await self.replica.ask("GET", "probe") == probe

        await until(there)


@asynccontextmanager
async def replicated(directory: Path) -> AsyncIterator[Replicated]:
    """Run both."""
    master, replica = await pair(directory)
    try:
        async with client(RedisAddress(nodes=((HOST, master.port),))) as redis:
            found = Replicated(redis, master, replica)
            await found.caught_up()
            yield found
    finally:
        await replica.kill()
        await master.kill()


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Replicated]:
    """Run both for one test."""
    async with replicated(tmp_path) as one:
        yield one


async def test_a_step_is_answered_once_a_replica_has_it(it: Replicated) -> None:
    """And a step that lost is answered once what it lost to is there too"""
    ledger = it.ledger()
    assert await ledger.commit(ONCE) == Applied()
    assert await it.replica.ask("GET", "seen") == "1"
    assert await ledger.commit(ONCE) == Lost(0)
    it.hold()
    with pytest.raises(NotReplicated):
        await ledger.commit(ONCE)
    await it.resume()
    assert await ledger.commit(ONCE) == Lost(0)


async def test_steps_that_need_no_replica_do_not_wait_behind_one_that_does(it: Replicated) -> None:
    """They are in the same batches, and answered at once"""
    ledger = it.ledger()
    it.hold()
    waiting = asyncio.create_task(ledger.commit(ONCE))
    others = [ledger.commit(Step((entry(f"o{n}"),))) for n in range(100)]
    assert await asyncio.gather(*others) == [Applied()] * 100
    assert not waiting.done()
    with pytest.raises(NotReplicated, match="0 of 1"):
        await waiting
    await it.resume()


async def test_a_server_that_never_had_the_record_proves_nothing(it: Replicated) -> None:
    """As after a failover between the step and the question"""
    with pytest.raises(NotReplicated):
        await Replicas(it.redis, 1).have(Head(7, "another"))
    await it.ledger().commit(ONCE)
    with pytest.raises(NotReplicated):
        await Replicas(it.redis, 1).have(Head(1, "another"))
    with pytest.raises(NotReplicated):
        await Replicas(it.redis, 1).have(Head())


async def test_a_command_is_not_acknowledged_as_kept(it: Replicated) -> None:
    """Neither at first nor when Slack delivers it again; the person reads what to do"""
    keys = [b"k" * 32]
    jobs = open_stores(it.redis, keys, link_ttl=TTL, claim_ttl=TTL, replicas=1).jobs
    it.hold()
    for _ in range(2):
        with pytest.raises(NotReplicated) as told:
            await jobs.accept(JOB, "d1", asked("asked"))
    fault = failed(told.value)
    assert fault.fault is Fault.STORE_UNCERTAIN
    assert "on one server only" in str(happened(fault))
    await it.resume()
    assert not await jobs.accept(JOB, "d1", asked("asked"))


async def test_a_link_opens_only_once_a_replica_knows_that_it_did(it: Replicated) -> None:
    """Else a failover could make it sealed again"""
    setup = LinkSetup(it.redis, replicas=1)
    link = await setup.made()
    it.hold()
    pressed = asyncio.create_task(setup.press(link, "the page"))
    done, _ = await asyncio.wait({pressed}, timeout=1.5)
    assert not done
    await it.resume()
    assert isinstance(await pressed, Revealed)
    assert setup.enabler.calls == [True]
    it.hold()
    with pytest.raises(NotReplicated):
        await setup.press(link, "the page")
    await it.resume()
    assert isinstance(await setup.press(link, "the page"), Revealed)


async def test_a_replica_that_hangs_is_not_counted(it: Replicated) -> None:
    """Long before Redis itself gives it up"""
    heartbeat = Heartbeat(Store(it.redis), 1, silent=1)

    async def counted() -> bool:
        return await heartbeat.look() is None

    async def missed() -> bool:
        return "0 of REDIS_REPLICAS=1" in str(await heartbeat.look())

    it.hold()
    await until(missed)
    await it.resume()
    await until(counted)
