"""`check` gathers its facts about Redis from a real server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.checks.redis import RedisProbe
from bot.adapters.redis.connection import client
from bot.adapters.redis.names import HALTED
from bot.domain.redis_url import RedisAddress
from tests.contracts.redis_server import SOCKET, running_redis

PASSWORD = "pa#ss@word"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Redis, Path]]:
    """Run a server of this module's own, whose settings the tests change."""
    directory = tmp_path_factory.mktemp("checked")
    async with running_redis(directory) as redis:
        yield redis, directory / SOCKET


def probe(url: str) -> RedisProbe:
    """Build a probe of a URL."""
    return RedisProbe(lambda: client(RedisAddress.parse(url)), private=False, public=True)


async def codes(probe: RedisProbe) -> set[str]:
    """Return the codes of what it finds."""
    return {finding.code for finding in await probe.look()}


async def test_settings_of_a_server(server: tuple[Redis, Path]) -> None:
    """Not append-only, evicting, a replica; and nothing once they are right"""
    redis, socket = server
    it = probe(f"unix://{socket}")
    assert await codes(it) == {"redis.not_append_only"}
    await redis.config_set("appendonly", "yes")
    assert await codes(it) == {"redis.fit"}
    await redis.config_set("maxmemory-policy", "volatile-lru")
    await redis.replicaof("127.0.0.1", "1")
    assert await codes(it) == {"redis.evicts", "redis.replica"}
    await redis.replicaof("NO", "ONE")
    await redis.config_set("maxmemory-policy", "noeviction")
    await redis.set(HALTED, "{}")
    assert await codes(it) == {"redis.halted"}
    await redis.delete(HALTED)


async def test_a_clock_that_differs(server: tuple[Redis, Path]) -> None:
    """By TIME"""
    late = replace(
        probe(f"unix://{server[1]}"), now=lambda: datetime.now(UTC) + timedelta(minutes=1)
    )
    assert "redis.skewed" in await codes(late)


async def test_a_user_who_may_not_look(server: tuple[Redis, Path]) -> None:
    """Nothing is proven, and a wrong password is told apart"""
    redis, socket = server
    await redis.acl_setuser(
        "narrow", enabled=True, passwords=["+secret"], commands=["+ping", "+client"]
    )
    assert await codes(probe(f"unix://narrow:secret@{socket}")) == {"redis.not_read"}
    assert await codes(probe(f"unix://narrow:wrong@{socket}")) == {"redis.refused"}
    await redis.config_set("requirepass", "secret")
    assert await codes(probe(f"unix://{socket}")) == {"redis.refused"}
    await redis.config_set("requirepass", "")


@pytest.mark.parametrize(
    "url",
    [
        f"{PASSWORD}:6379",
        f"localhost:{PASSWORD}",
        f"redis://:{PASSWORD}@localhost:6379/0",
        "redis://:pa/ss@localhost:6379",
        f"redis://localhost:6379?{PASSWORD}=1",
        "redis://:pass?word=hush@localhost:6379",
        "http://localhost",
        "redis://[::1",
        "redis://localhost:99999999",
    ],
)
async def test_a_url_that_cannot_be_read_is_never_repeated(url: str) -> None:
    """Its parts may be the password's"""
    found = await probe(url).look()
    assert {each.code for each in found} <= {"redis.url", "redis.away"}
    told = " ".join(each.text for each in found)
    assert [part for part in ("pa", "ss@word", "hush", "6379") if f"{part}" in told.split()] == []
    assert PASSWORD not in told
    assert "hush" not in told


async def test_a_server_that_is_away(tmp_path: Path) -> None:
    """What happened and what to do, in words"""
    (found,) = await probe(f"unix://{tmp_path / SOCKET}").look()
    assert (found.code, "no such file" in found.text) == ("redis.away", True)
    assert found.fix.startswith("Start the server, or correct the path in REDIS_URL")


async def test_a_server_that_writes_its_first_append_only_file_ends_with_its_block(
    tmp_path: Path,
) -> None:
    """It ignores SIGTERM then, and a test's server must never outlive the test"""
    async with asyncio.timeout(30), running_redis(tmp_path) as redis:
        await redis.config_set("appendonly", "yes")
