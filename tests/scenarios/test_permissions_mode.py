"""Whether Cloudinary's own policies count is decided at the start, and never by a fault."""

from pathlib import Path

from bot.adapters.redis.embedded import embedded_redis
from tests.scenarios.system import System, running_system, until

PERMISSIONS = "*/permissions/*"


async def start_ends(system: System) -> str:
    """Start the bot, wait until it ends by itself, and give the log of that start."""
    before = len(system.bot.log)
    await system.bot.begin()

    async def ended() -> bool:
        return system.bot.process is not None and system.bot.process.returncode is not None

    await until(ended)
    return system.bot.log[before:]


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
        assert "which this account had before" in await start_ends(system)
        assert "without it" in await system.command_line("check", "--without-permissions")
        assert "come from the fixed roles" in await system.command_line("check")
        await system.bot.start()
        assert '"rights_by": "fixed_roles"' in system.bot.log
        found = [
            each["action"] for each in await system.audit() if "permissions:" in each["action"]
        ]
        assert ["permissions:on", "permissions:off"] == found


async def test_an_account_that_never_had_the_api_starts_without_it(system: System) -> None:
    """And the log says so"""
    assert '"rights_by": "fixed_roles"' in system.bot.log
