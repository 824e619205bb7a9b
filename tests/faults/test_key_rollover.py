"""A key is rolled over process by process while commands flow: none is lost, the log verifies."""

import asyncio
import itertools
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.key_survey import survey
from bot.adapters.redis.key_watch import KeyWatch
from bot.adapters.redis.names import JOBS, ROLLED_OVER
from bot.adapters.redis.presence import ANNOUNCE_EVERY, Presence, this_process
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.redis.stores import Stores, open_ledger, open_stores
from bot.adapters.redis.worker import Worker
from bot.adapters.tasks import end
from bot.domain.audit import AuditEvent, ChainKey, Entry
from bot.domain.verification import Intact, verify
from bot.errors import ConfigurationError, KeyMissing, StoreError
from tests.contracts.records_kept import AT, ENTRY, JOB, SPAN
from tests.contracts.redis_server import connected, redis, server
from tests.scenarios.system import until

__all__ = ["redis", "server"]

OLD: Final = b"o" * 32
NEW: Final = b"n" * 32
BOTH: Final = (NEW, OLD)
PAUSE: Final = 0.002
"""Seconds between two commands of a process."""
EACH: Final = 30 if os.environ.get("CRASH_POINTS") != "all" else 1_000
"""Commands in each step of the rollover."""
CALM: Final = 20.0 + EACH / 20
"""Seconds in which every command has run."""


@dataclass
class Load:
    """Gives commands to the processes that run, and keeps which of them were acknowledged."""

    processes: list["Process"] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Give commands while the block runs, to each process in turn."""
        over = asyncio.Event()

        async def flow() -> None:
            while not over.is_set():
                await asyncio.sleep(PAUSE)
                for process in tuple(self.processes):
                    await self.give(process)

        giving = asyncio.create_task(flow())
        try:
            yield
        finally:
            over.set()
            await giving

    async def give(self, process: "Process") -> None:
        """Give one command, unless the process has ended meanwhile."""
        async with process.accepting:
            if process not in self.processes:
                return
            number = f"{next(self.numbers)}"
            try:
                assert await process.stores.jobs.accept(replace(JOB, id=number), number, ENTRY)
                self.acked.append(number)
            except StoreError as error:
                self.refused[f"{type(error).__name__}: {error}"] += 1

    async def grow(self) -> None:
        """Wait until more commands were acknowledged."""
        enough = len(self.acked) + EACH

        async def grown() -> bool:
            return len(self.acked) >= enough

        await until(grown, CALM)


@dataclass(eq=False)
class Process:
    """What a process of the bot has that concerns keys: stores, a watch, a worker of jobs."""

    stores: Stores
    watch: KeyWatch
    ran: list[str] = field(default_factory=list)
    accepting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, item: Item) -> None:
        """Run a job as the job runner does: read it, and record that it is done."""
        job = await self.stores.jobs.load(item.field("id"))
        assert job
        done = Entry(AT, AuditEvent.DONE, job.action, job=job.id)
        if await self.stores.jobs.finish(job, done):
            self.ran.append(job.id)


async def announce(watch: KeyWatch) -> None:
    """Announce the process again and again, as the bot does."""
    while True:
        await asyncio.sleep(ANNOUNCE_EVERY)
        await watch.look()


@asynccontextmanager
async def process(server: Path, load: Load, *keys: bytes) -> AsyncIterator[Process]:
    """Run one; it gets commands and jobs. As the bot, it ends after the command that it accepts."""
    async with connected(server) as redis, AsyncExitStack() as stack:
        stores = open_stores(redis, keys, link_ttl=SPAN, claim_ttl=SPAN)
        ids = stores.ledger.keyring.ids
        presence = Presence(stores.store, this_process("worker", ids, AT), works=True)
        one = Process(stores, KeyWatch(stores.ledger.signing, presence))
        await one.watch.start()
        stack.push_async_callback(one.watch.leave)
        announcing = asyncio.create_task(announce(one.watch))
        stack.push_async_callback(end, announcing)
        worker = Worker(RedisQueue(redis, JOBS), one.run)
        stack.push_async_callback(worker.stop)
        await worker.start()
        load.processes.append(one)
        try:
            yield one
        finally:
            async with one.accepting:
                load.processes.remove(one)


async def rotate(redis: Redis) -> None:
    """Rotate as `keys rotate` does, which looks at the processes before."""
    ledger = open_ledger(redis, BOTH)
    await ledger.signing.look()
    assert await ledger.rotate(Entry(AT, AuditEvent.ROLLED_OVER, ROLLED_OVER), "A new key.")


async def lacking(redis: Redis) -> int:
    """Count the running processes that can't read the new key."""
    ledger = open_ledger(redis, BOTH)
    await ledger.signing.look()
    return len((await survey(redis, ledger)).lacking(ChainKey(NEW).id))


async def settled(redis: Redis, load: Load) -> None:
    """Wait until each acknowledged command has run; each ran once, and the log verifies."""
    ledger = open_ledger(redis, BOTH)

    async def empty() -> bool:
        return not await redis.xlen(JOBS)

    await until(empty, CALM)
    records = [record async for record in ledger.records()]
    bodies = [json.loads(record.body) for record in records]
    done = Counter(body["errand"] for body in bodies if body["errand"])
    assert [] == [number for number in load.acked if done[number] != 1]
    assert {1} == set(done.values())
    assert isinstance(verify(records, await ledger.head(), map(ChainKey, BOTH)), Intact)


@pytest.mark.timeout(300)
async def test_a_rollover_in_its_two_phases_loses_nothing(redis: Redis, server: Path) -> None:
    """Mixed processes at each moment; nothing is even refused"""
    load = Load()
    async with AsyncExitStack() as new:
        olds = [await new.enter_async_context(AsyncExitStack()) for _ in range(2)]
        async with load.flowing():
            for old in olds:
                await old.enter_async_context(process(server, load, OLD))
            await load.grow()
            for old in olds:
                assert await lacking(redis)
                await new.enter_async_context(process(server, load, *BOTH))
                await load.grow()
                await old.aclose()
            assert not await lacking(redis)
            await load.grow()
            await rotate(redis)
            await load.grow()
            with pytest.raises(ConfigurationError, match="lacks the key"):
                await new.enter_async_context(process(server, load, OLD))
        await settled(redis, load)
    assert not load.refused


async def test_a_process_that_was_overlooked_loses_nothing_either(
    redis: Redis, server: Path
) -> None:
    """It lacks the key that signs: it acknowledges nothing more, and hands over what it takes"""
    load = Load()
    async with AsyncExitStack() as stack:
        overlooked = await stack.enter_async_context(process(server, load, OLD))
        ready = await stack.enter_async_context(process(server, load, *BOTH))
        async with load.flowing():
            await load.grow()
            await rotate(redis)
            before = len(overlooked.ran)
            await load.grow()
            assert overlooked.stores.ledger.keyring.fault == await overlooked.watch.reason()
            assert "add the key" in str(await overlooked.watch.reason())
            assert await ready.watch.reason() is None
        await settled(redis, load)
        assert len(overlooked.ran) <= before + EACH
    assert load.refused
    assert all(each.startswith(KeyMissing.__name__) for each in load.refused)
