"""The user of docs/redis.md: it has each command that Keysmith uses, and no other."""

import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from bot.adapters.keyring import Keyring
from bot.adapters.redis.connection import client
from bot.adapters.redis.forgetting import Forgetter
from bot.adapters.redis.heartbeat import Heartbeat
from bot.adapters.redis.key_survey import survey
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.marks import Marks
from bot.adapters.redis.names import OUTBOX
from bot.adapters.redis.overlooked import Overlooked
from bot.adapters.redis.pace import RedisPace
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.queue_ages import QueueAges
from bot.adapters.redis.recovery import RedisKept
from bot.adapters.redis.steps import Step
from bot.adapters.redis.stock import RedisStock
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_stores
from bot.domain.audit import AuditEvent, Entry
from bot.domain.lanes import Lane
from bot.domain.links import Link, LinkState, Revealed
from bot.domain.redis_url import RedisAddress
from bot.domain.verification import RECOVERY
from bot.errors import NotReplicated
from tests.contracts.archives_kept import ALL, Keeping
from tests.contracts.jobs_kept import jobs_of
from tests.contracts.redis_server import redis, server
from tests.contracts.requests_kept import requests_of
from tests.contracts.test_links_opened import TOM, LinkSetup
from tests.contracts.test_redis_ledger import entry
from tests.contracts.test_stored_words import (
    AT,
    CHAIN,
    keep_one_of_each,
    leave_an_item_to_another_worker,
)
from tests.fakes.clock import FakeClock

__all__ = ["redis", "server"]

DOCUMENT: Final = Path(__file__).parents[2] / "docs/redis.md"
PASSWORD: Final = "p@ss/w#rd"
LINK: Final = Link("", "", "", "", "", LinkState.OPENED, AT, there=False)
NOT_COUNTED: Final = {"config|resetstat", "hello"}
"""The test's own command, and the log-in, for which no user needs a right."""


def documented() -> list[str]:
    """Read the line; its password is replaced."""
    (line,) = re.findall(r"^ACL SETUSER .*$", DOCUMENT.read_text(), re.MULTILINE)
    return str(line).replace("PASSWORD", PASSWORD).split()


def commands() -> set[str]:
    """Read the commands that the line allows."""
    return {part[1:] for part in documented() if part.startswith("+")}


async def everything(redis: Redis) -> None:
    """Use every store, the queues, the locks and the probes."""
    store = Store(redis)
    await redis.ping()
    ledger = Ledger(redis, store, CHAIN)
    await keep_one_of_each(redis, store, ledger)
    assert not await ledger.history.look()
    await RedisStock(store, FakeClock(AT)).take_stock()
    await leave_an_item_to_another_worker(redis)
    await _queues(redis)
    jobs = jobs_of(redis)
    assert await jobs.take_up(AT + timedelta(days=1))
    setup = LinkSetup(redis)
    link = await setup.made()
    assert isinstance(await setup.press(link, "the page"), Revealed)
    await setup.kept.half_open(AT)
    await setup.kept.forget(replace(LINK, id=link[0]))
    assert await setup.kept.keys_of(TOM)
    ledger = Ledger(redis, store, CHAIN, replicas=1)
    with pytest.raises(NotReplicated):  # there is none, but the command was allowed
        await ledger.commit(Step((entry("c9"),), replicated=True))
    await RedisPace(store).take(TOM, Lane.NORMAL, AT)
    async with RedisLocks(Store(redis)).hold("environment:e1"):
        lock = redis.lock("{keysmith}:lock:environment:e1", 10)
        lock.local.token = str(await store.text("GET", "{keysmith}:lock:environment:e1")).encode()
        await lock.reacquire()
    assert await Heartbeat(store).look() is None
    with tempfile.TemporaryDirectory() as directory:
        keeping = Keeping(redis, Path(directory), (CHAIN.secret,))
        assert await keeping.archive()
        marks, requests = Marks(store, Keyring([CHAIN.secret])), requests_of(redis)
        forgetter = Forgetter(store, ledger, marks, requests, keeping.clock, timedelta())
        assert await forgetter.forget(ALL)
    stores = open_stores(redis, (CHAIN.secret,), link_ttl=timedelta(), claim_ttl=timedelta())
    assert not await Overlooked(stores, FakeClock(AT), timedelta()).look()
    history = Ledger(redis, store, CHAIN).history
    await history.stop("tried")
    assert await history.halt()
    assert await history.may_tell()
    await history.told()


async def _queues(redis: Redis) -> None:
    """Take, give back and finish an item, and forget a worker that is gone."""
    one, other = RedisQueue(redis, OUTBOX), RedisQueue(redis, OUTBOX)
    await one.open()
    assert await one.take(1)
    await one.close()
    await other.open()
    items = [item async for item in other.reclaim()]
    await other.give_back(items)
    for item in items:
        await other.done(item)
    assert [item async for item in other.reclaim()] == []
    await QueueAges(redis, (OUTBOX,), limit=-1.0).look()


@pytest.fixture
async def least(server: Path, redis: Redis) -> AsyncIterator[Redis]:
    """Connect as the documented user; `redis` is the administrator."""
    await redis.execute_command(*documented())  # type: ignore[no-untyped-call]  # left untyped
    address = RedisAddress(path=str(server), user="keysmith", password=PASSWORD)
    async with client(address) as one:
        yield one


async def used(redis: Redis) -> set[str]:
    """Read which commands the server has carried out, in scripts too."""
    found = await redis.info("commandstats")
    return {name.removeprefix("cmdstat_").lower() for name in found} - NOT_COUNTED


async def test_the_user_has_each_command_that_is_used_and_no_other(
    redis: Redis, least: Redis
) -> None:
    """No command of the line is unused, so each that is taken away stops something"""
    await redis.config_resetstat()
    await everything(least)
    assert commands() == await used(redis)


async def test_the_user_has_no_other_keys_channels_or_commands(least: Redis) -> None:
    """What it could be misused for"""
    for command in (
        ("GET", "other"),
        ("SET", "other", "1"),
        ("PUBLISH", "{keysmith}:x", "1"),
        ("FLUSHALL",),
        ("KEYS", "*"),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("REPLICAOF", "NO", "ONE"),
    ):
        with pytest.raises(NoPermissionError):
            await least.execute_command(*command)  # type: ignore[no-untyped-call]  # left untyped
    with pytest.raises(ResponseError, match="can't access"):
        await least.eval("return redis.call('GET', 'other')", 0)


@pytest.mark.parametrize("command", ["python -m bot recover", "python -m bot keys status"])
async def test_a_command_that_looks_at_everything_has_the_rights_of_its_row(
    command: str, redis: Redis, least: Redis
) -> None:
    """Beside the rights of the bot's user"""
    (more,) = re.findall(rf"^\| `{command}`.*\| `([^`]*)` \|$", DOCUMENT.read_text(), re.MULTILINE)
    await redis.execute_command("ACL", "SETUSER", "keysmith", *more.split())  # type: ignore[no-untyped-call]  # left untyped
    keys, span = [CHAIN.secret], timedelta(hours=1)
    await keep_one_of_each(redis, Store(redis), Ledger(redis, Store(redis), CHAIN))
    stores = open_stores(least, keys, link_ttl=span, claim_ttl=span, recovering=True)
    if "recover" in command:
        kept = RedisKept(least, stores)
        await kept.stop("tried")
        await stores.ledger.signing.repair()
        assert await kept.requests()
        await kept.look_before_posting()
        entry = Entry(AT, AuditEvent.RECOVERED, RECOVERY)
        await kept.begin_epoch(entry, await stores.ledger.head(), "recovered")
    else:
        assert (await survey(least, stores.ledger)).whole


async def test_a_missing_right_is_told_in_words(redis: Redis, least: Redis) -> None:
    """With the document that has the line"""
    await redis.execute_command("ACL", "SETUSER", "keysmith", "-set")  # type: ignore[no-untyped-call]  # left untyped
    assert "docs/redis.md" in str(await Heartbeat(Store(least)).look())
    await redis.execute_command("ACL", "SETUSER", "keysmith", "off")  # type: ignore[no-untyped-call]  # left untyped
