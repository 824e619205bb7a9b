"""Whether Cloudinary's own policies count is decided at the start, and never by a fault."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, chdir
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot.adapters.redis.embedded import embedded_redis
from bot.cli.serve import Part, serving
from bot.domain.audit import AuditEvent, Entry
from bot.errors import ConfigurationError
from bot.settings import Settings, read_settings
from sandbox.running import Ports, Twins, running
from sandbox.variables import bot_keys
from sandbox.variables import variables as of_the_sandbox
from tests.scenarios.processes import run
from tests.scenarios.system import System, running_system, until
from tests.variables import variables

PERMISSIONS = "*/permissions/*"
OFTEN = 0.05
"""Seconds between two looks, which are a minute otherwise."""


async def start_ends(system: System) -> str:
    """Start the bot, wait until it ends by itself, and give the log of that start."""
    before = len(system.bot.log)
    await system.bot.begin()

    async def ended() -> bool:
        return system.bot.process is not None and system.bot.process.returncode is not None

    await until(ended)
    return system.bot.log[before:]


@asynccontextmanager
async def sandboxed(tmp_path: Path) -> AsyncIterator[tuple[Twins, aiohttp.ClientSession]]:
    """Run a sandbox whose account has the API; the variables are those of a bot beside it."""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running(Ports(), permissions=True) as twins,
        aiohttp.ClientSession() as session,
    ):
        with variables() as found, chdir(tmp_path):
            found.update(of_the_sandbox(twins.at, twins.slack, bot_keys(tmp_path)), REDIS_URL=url)
            yield twins, session


async def test_a_fault_at_the_start_does_not_turn_the_policies_off(tmp_path: Path) -> None:
    """One refusal: the mode stays; no answer: the start waits for one, and is not ready"""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, permissions=True, REDIS_URL=url) as system,
    ):
        await system.bot.stop()
        await system.fail("GET", PERMISSIONS, "status", status=403)
        await system.bot.start()
        assert 2 == system.bot.log.count('"rights_by": "permissions_api"')
        assert "fixed_roles" not in system.bot.log
        await system.bot.stop()
        await system.fail("GET", PERMISSIONS, "status", status=500, count=5)
        await system.bot.start()
        assert '"waiting"' in system.bot.log
        assert 3 == system.bot.log.count('"rights_by": "permissions_api"')
        assert "fixed_roles" not in system.bot.log


async def test_a_downgrade_stops_the_start_until_an_operator_confirms_it(tmp_path: Path) -> None:
    """The confirmation is on the record"""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, permissions=True, REDIS_URL=url) as system,
    ):
        await system.bot.stop()
        await system.fail("GET", PERMISSIONS, "status", status=403, count=99)
        assert "which this account had before" in await start_ends(system)
        stopped = await start_ends(system)
        told = await run(system.directory, system.bot.environment, "check")
        assert (told.code, "come from the fixed roles" in told.out) == (1, False), told
        for words in ("which this account had before", "If the account is without the API on"):
            assert (words in stopped, words in told.out) == (True, True), words
        confirmed = await system.command_line("check", "--without-permissions")
        assert "the account is without it" in confirmed
        assert "restart each process" in confirmed
        assert "come from the fixed roles" in await system.command_line("check")
        await system.bot.start()
        assert '"rights_by": "fixed_roles"' in system.bot.log
        found = [
            each["action"] for each in await system.audit() if "permissions:" in each["action"]
        ]
        assert ["permissions:on", "permissions:off"] == found


async def test_a_start_that_is_refused_leaves_no_task_behind(tmp_path: Path) -> None:
    """One that survives a cancellation kept the process from ending, and from hearing SIGTERM"""
    async with sandboxed(tmp_path) as (twins, session):
        settings = read_settings(Settings)
        async with serving(settings, Part.WORKER):
            pass
        fault = {"method": "GET", "path": PERMISSIONS, "kind": "status", "status": 403}
        await session.post(f"{twins.at.cloudinary}/sandbox/faults", json=fault | {"count": 99})
        before = asyncio.all_tasks()
        with pytest.raises(ConfigurationError, match="which this account had before"):
            async with serving(settings, Part.WORKER):
                pass

        async def ended() -> bool:  # what the sandbox still does for a closed connection, too
            return asyncio.all_tasks() <= before

        assert await until(ended)


async def test_what_cloudinary_said_at_the_first_start_is_kept(tmp_path: Path) -> None:
    """Though it refuses a moment later: the next start stops, instead of taking fixed roles"""
    async with sandboxed(tmp_path) as (twins, session):
        settings, at = read_settings(Settings), f"{twins.at.cloudinary}/sandbox/faults"
        once = {"kind": "latency", "seconds": 0, "count": 1}
        for fault in (once, {"kind": "status", "status": 403, "count": 99}):
            await session.post(at, json={"method": "GET", "path": PERMISSIONS} | fault)
        async with serving(settings, Part.WORKER):
            pass
        with pytest.raises(ConfigurationError, match="which this account had before"):
            async with serving(settings, Part.WORKER):
                pass


async def test_an_account_that_never_had_the_api_starts_without_it(system: System) -> None:
    """And the log says so"""
    assert '"rights_by": "fixed_roles"' in system.bot.log


async def test_a_confirmed_downgrade_is_not_taken_back_by_a_process_that_still_runs(
    tmp_path: Path,
) -> None:
    """It asks Cloudinary first; a lost record comes back where the account has the API"""
    async with sandboxed(tmp_path) as (twins, session):
        faults, calls = (f"{twins.at.cloudinary}/sandbox/{each}" for each in ("faults", "requests"))
        fault = {"method": "GET", "path": PERMISSIONS, "kind": "status", "status": 403}
        settings = read_settings(Settings)
        async with serving(settings, Part.WORKER, asked=OFTEN) as keysmith:
            await session.post(faults, json=fault | {"count": 999})
            await session.delete(calls)
            entry = Entry(datetime.now(UTC), AuditEvent.DONE, "permissions:off")
            assert await keysmith.permissions.forget(entry)

            async def asked_twice() -> bool:
                async with session.get(calls) as answer:
                    told = (await answer.json())["requests"]
                asked = [each for each in told if each["path"].endswith("/sub_accounts")]
                return len(asked) >= 2

            async def known() -> bool:
                return await keysmith.permissions.known()

            await until(asked_twice)
            assert not await known()
            await session.delete(faults)
            await until(known)
