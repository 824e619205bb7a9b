"""After a failover: connections to the demoted server are dropped, and the work goes on."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.connection import LEFT, client
from bot.adapters.redis.faults import ANSWERS, in_words
from bot.adapters.redis.heartbeat import Heartbeat
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import JOBS
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.steps import Applied, Step, set_
from bot.adapters.redis.store import Store
from bot.adapters.redis.visits import RedisVisitLimits
from bot.domain.redis_url import RedisAddress
from bot.errors import StoreError
from sandbox.ports import HOST
from tests.contracts.redis_processes import (
    Server,
    connected_replicas,
    pair,
    sentinels,
    until,
)
from tests.contracts.test_redis_ledger import KEY, entry


@dataclass
class Relay:
    """A name for a server that may come to mean another one; old connections stay."""

    target: Server
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection to whatever the name means now."""
        far_reader, far_writer = await asyncio.open_connection(HOST, self.target.port)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
    except OSError:
        pass
    finally:
        writer.close()


@dataclass(frozen=True)
class Relayed:
    """A client behind the relay, with both servers."""

    relay: Relay
    master: Server
    replica: Server
    address: RedisAddress
    redis: Redis

    async def fail_over(self) -> None:
        """Promote the replica, demote the master, and let the name mean the new master."""
        await self.replica.ask("REPLICAOF", "NO", "ONE")
        await self.master.ask("REPLICAOF", HOST, str(self.replica.port))
        self.relay.target = self.replica


@asynccontextmanager
async def relayed(directory: Path) -> AsyncIterator[Relayed]:
    """Run a pair of servers behind a relay."""
    master, replica = await pair(directory)
    relay = Relay(master)
    listener = await asyncio.start_server(relay.serve, HOST, 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        address = RedisAddress(nodes=((HOST, port),))
        async with client(address) as redis:
            yield Relayed(relay, master, replica, address, redis)
    finally:
        listener.close()
        await master.kill()
        await replica.kill()


@pytest.fixture
async def behind(tmp_path: Path) -> AsyncIterator[Relayed]:
    """One relay for one test."""
    async with relayed(tmp_path) as one:
        yield one


async def test_behind_one_name_the_next_write_reaches_the_new_master(behind: Relayed) -> None:
    """The first call after the failover fails and drops all connections, in use or idle"""
    store, queue = Store(behind.redis), RedisQueue(behind.redis, JOBS)
    await queue.open()
    blocked = asyncio.create_task(queue.take(1))
    await asyncio.gather(*(store.call("SET", f"k{n}", "1") for n in range(20)))
    await behind.fail_over()

    with pytest.raises(StoreError) as told:
        await blocked  # UNBLOCKED: it does not wait for ever on a replica
    assert "replica" in in_words(told.value)
    await asyncio.gather(*(store.call("SET", f"k{n}", "2") for n in range(20)))

    assert await behind.replica.ask("GET", "k7") == "2"
    assert await Heartbeat(store).look() is None


async def test_a_master_that_hangs_is_left_after_one_answer_that_does_not_come(
    behind: Relayed,
) -> None:
    """Its other connections are open too, and each would wait as long"""
    async with client(behind.address, timeout=0.5) as redis:
        store = Store(redis)
        await asyncio.gather(*(store.call("SET", f"k{n}", "1") for n in range(20)))
        behind.master.send(signal.SIGSTOP)
        await behind.replica.ask("REPLICAOF", "NO", "ONE")
        behind.relay.target = behind.replica
        with pytest.raises(StoreError):
            await store.call("SET", "k", "2")
        await asyncio.gather(*(store.call("SET", f"k{n}", "2") for n in range(20)))
    assert await behind.replica.ask("GET", "k7") == "2"


async def test_the_limits_of_visits_follow_the_master(behind: Relayed) -> None:
    """`limits` counts over the same connections; its script is new to the new master"""
    limits = RedisVisitLimits(behind.redis)
    assert await limits.serves("one")
    await behind.fail_over()
    with pytest.raises(StoreError):
        await limits.serves("one")
    assert await limits.serves("one")


async def test_the_ledger_goes_on_without_an_error(behind: Relayed) -> None:
    """READONLY says that nothing happened, so the same step is sent once more; it happens once"""
    ledger = Ledger(behind.redis, Store(behind.redis), KEY)
    assert await ledger.commit(Step((entry("c1"),), (set_("a", "1"),))) == Applied()
    await until(lambda: connected_replicas(behind.master, 1))
    await behind.fail_over()

    assert await ledger.commit(Step((entry("c2"),), (set_("b", "1"),))) == Applied()

    assert await behind.replica.ask("GET", "b") == "1"
    assert await behind.replica.ask("XLEN", "{keysmith}:audit") == 2


async def test_a_transaction_and_a_pipeline_leave_the_demoted_server_too(behind: Relayed) -> None:
    """Their errors come inside of an answer; no answer of one is read as that of another"""
    store = Store(behind.redis)
    await store.call("SET", "a", "1")
    await behind.fail_over()
    with pytest.raises(StoreError):
        await store.transact(("SET", "a", "2"), ("SET", "b", "2"))
    await store.transact(("SET", "a", "2"), ("SET", "b", "2"))
    assert await behind.replica.ask("MGET", "a", "b") == ["2", "2"]

    behind.relay.target = behind.master
    await behind.replica.ask("REPLICAOF", HOST, str(behind.master.port))
    await behind.master.ask("REPLICAOF", "NO", "ONE")
    with pytest.raises(StoreError):
        await store.many(("SET", "a", "3"), ("SET", "b", "3"))
    assert await store.many(("SET", "a", "3"), ("GET", "a")) == [True, "3"]


async def test_a_replica_that_stays_one_is_told_in_words(behind: Relayed) -> None:
    """The probe says why, as long as it lasts"""
    await behind.master.ask("REPLICAOF", HOST, str(behind.replica.port))
    heartbeat = Heartbeat(Store(behind.redis))
    for _ in range(3):
        assert "replica" in str(await heartbeat.look())


async def test_too_few_replicas_are_told(behind: Relayed) -> None:
    """By number, and with what follows"""
    store = Store(behind.redis)
    assert await Heartbeat(store, 1).look() is None
    assert "1 of REDIS_REPLICAS=2" in str(await Heartbeat(store, 2).look())
    await behind.replica.kill()
    heartbeat = Heartbeat(store, 1)

    async def noticed() -> bool:
        return "0 of REDIS_REPLICAS=1" in str(await heartbeat.look())

    await until(noticed)


async def test_sentinels_have_a_password_of_their_own(tmp_path: Path) -> None:
    """A wrong one, or another master's name, is told in words"""
    async with sentinels(tmp_path, 1, "sentinels-own") as (url, _):
        address = RedisAddress.parse(url)
        right = replace(address, sentinel_password="sentinels-own")
        wrong = replace(address, sentinel_password="another")
        for tried, told in (
            (right, None),
            (wrong, "REDIS_SENTINEL_PASSWORD"),
            (address, "REDIS_SENTINEL_PASSWORD"),
            (replace(right, master="othermaster"), "the master's name"),
        ):
            async with client(tried) as redis:
                found = await Heartbeat(Store(redis)).look()
            assert (told is None) is (found is None)
            assert (told or "") in (found or "")


@pytest.mark.parametrize("word", sorted(LEFT))
async def test_each_answer_of_a_server_that_is_no_master_ends_its_connection(word: str) -> None:
    """Also where the same name leads to a master again a moment later"""
    answers = [f"-{word} 1 127.0.0.1:1".encode(), b"+PONG"]
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        answer, opened = answers[min(opened, 1)], opened + 1
        while asked := await reader.read(4096):
            writer.write(b"%1\r\n+proto\r\n:3\r\n" if b"HELLO" in asked else answer + b"\r\n")
        writer.close()

    listener = await asyncio.start_server(serve, HOST, 0)
    port = listener.sockets[0].getsockname()[1]
    async with client(RedisAddress(nodes=((HOST, port),))) as redis:
        with pytest.raises(StoreError) as told:
            await Store(redis).call("GET", "a")
        assert in_words(told.value) == ANSWERS[word]
        assert await Store(redis).call("GET", "a") == "PONG"
    listener.close()
    assert opened == 2
