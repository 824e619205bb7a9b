"""A bot that is asked to stop, and one whose Redis is away."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.adapters.redis.embedded import embedded_redis
from tests.scenarios.system import PLATFORM, TOM, System, running_system, until


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[System]:
    """A system of the test's own."""
    async with running_system(tmp_path) as one:
        yield one


async def test_a_stopping_bot_finishes_what_it_accepted(own: System) -> None:
    """The answer arrives although the stop was asked for first."""
    await own.fail("PUT", "*/access_keys/*", "latency", seconds=2)
    await own.act("command", user=TOM, channel=PLATFORM, text="key disable ci-bot")

    async def under_way() -> bool:
        planned = await own.redis("XPENDING", "{keysmith}:errands", "workers")
        return bool(planned) and "begun" in {e["deed"] for e in await own.audit()}

    await until(under_way)
    await own.bot.stop()

    assert (await own.key("ci-bot"))["enabled"] is False
    assert any("is now disabled" in m["text"] for m in await own.messages())


async def test_with_redis_away_nothing_is_promised_and_everybody_is_told(tmp_path: Path) -> None:
    """In time, in words, and with an id; when it is back, so is the bot."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        url = await first.enter_async_context(embedded_redis(tmp_path / "redis"))
        system = await stack.enter_async_context(running_system(tmp_path, REDIS_URL=url))
        assert "20 keys" in (await system.send("key list"))["text"]
        await first.aclose()

        sent = await system.act("command", user=TOM, channel=PLATFORM, text="key disable ci-bot")

        assert (sent["delivered"], sent["status"]) == ("ok", 200)
        assert sent["elapsed_ms"] < 3000
        told = (await system.messages())[-1]["text"]
        assert "Keysmith's own store does not answer" in told
        assert told.split()[-1] in system.bot.log
        async with system.session.get(f"{system.twins.at.bot}/readyz") as answer:
            assert answer.status == 503
        assert (await system.key("ci-bot"))["enabled"] is True

        async with embedded_redis(tmp_path / "redis"):

            async def answered() -> bool:
                told = (await system.send("key disable ci-bot"))["text"]
                return "ci-bot in Production is now disabled" in told

            assert await until(answered, seconds=40)
            await system.bot.stop()
