"""A bot that starts while its services are away."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import aiohttp

from bot.adapters.redis.embedded import embedded_redis
from tests.scenarios.system import System, running_system, until

PROXY: Final = {
    "CLOUDINARY_API_URL": "https://api.far.example",
    "HTTPS_PROXY": "http://user:hush@127.0.0.1:9",
}
"""Leads to Cloudinary by a proxy that is not there; the sandbox's Slack is on this machine."""
REASONS: Final = (
    "waits for Redis: there is no such file",
    "waits for Slack: Slack's address answers with status 503",
    "waits for Cloudinary: Cloudinary could not be reached: the proxy 127.0.0.1 accepts no",
)
NO_WEBSOCKET: Final = "waits for Slack (Socket Mode): 127.0.0.1 opens no websocket (status 503)"
SOON: Final = 5.0
"""Seconds; a start that waits has nothing to finish."""


async def told(system: System, path: str) -> tuple[int, str]:
    """What the admin port says; 0 where it is closed."""
    try:
        async with system.session.get(f"{system.twins.at.admin}{path}") as answer:
            return answer.status, await answer.text()
    except aiohttp.ClientError:
        return 0, ""


async def test_a_start_waits_for_what_is_away_and_says_for_what(tmp_path: Path) -> None:
    """Not ready, with each reason; it ends at once when asked, and serves once they answer"""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(AsyncExitStack())
        url = await redis.enter_async_context(embedded_redis(tmp_path / "redis"))
        system = await stack.enter_async_context(running_system(tmp_path, REDIS_URL=url))
        await system.bot.stop()
        await redis.aclose()
        await system.act("faults", method="auth.test", kind="status", status=503, count=99)
        usual = dict(system.bot.environment)
        system.bot.environment.update(PROXY)

        await system.bot.begin()

        async def waits() -> bool:
            status, text = await told(system, "/readyz")
            return status == 503 and all(reason in text for reason in REASONS)

        await until(waits)
        assert (await told(system, "/healthz"))[0] == 200
        assert system.bot.log.count('"waiting"') == len(REASONS)
        async with asyncio.timeout(SOON):
            await system.bot.stop()
        assert system.bot.process
        assert system.bot.process.returncode == 0

        system.bot.environment.update(usual)
        system.bot.environment.pop("HTTPS_PROXY")
        await system.bot.begin()
        assert await until(lambda: told(system, "/readyz"))
        await redis.enter_async_context(embedded_redis(tmp_path / "redis"))
        await system.session.delete(f"{system.twins.at.slack}/sandbox/faults")

        async def ready() -> bool:
            return (await told(system, "/readyz"))[0] == 200

        await until(ready)
        assert "20 keys" in (await system.send("key list"))["text"]
        assert "hush" not in system.bot.log
        assert "Traceback" not in system.bot.log


async def test_a_start_without_a_websocket_waits_and_says_for_what(tmp_path: Path) -> None:
    """In Socket Mode too: each try has a URL of its own, so the first one that can work does"""
    async with running_system(tmp_path, socket_mode=True) as system:
        await system.bot.stop()
        await system.act("faults", method="socket", kind="status", status=503, count=99)
        await system.bot.begin()

        async def waits() -> bool:
            status, text = await told(system, "/readyz")
            return status == 503 and NO_WEBSOCKET in text

        await until(waits)
        await system.session.delete(f"{system.twins.at.slack}/sandbox/faults")

        async def ready() -> bool:
            return (await told(system, "/readyz"))[0] == 200

        await until(ready)
        assert "20 keys" in (await system.send("key list"))["text"]
        assert "Traceback" not in system.bot.log
