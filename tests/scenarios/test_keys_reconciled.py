"""A key that changes in the Console is told once, by a bot that is killed in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.presses import COMPARED_NEXT, direct, from_bot, notified
from tests.scenarios.system import ADA, NIA, SECURITY, System, running_system, until
from tests.scenarios.test_bulk_keys import enable

FIRST = "{keysmith}:reconciled:keys"
OUTSIDE = "outside Keysmith"


async def compared(system: System) -> None:
    """Kill the bot, and let the next one compare all keys as it begins."""
    await system.bot.kill()
    await system.redis("SET", COMPARED_NEXT, "0")
    await system.bot.start()

    async def begun() -> bool:
        return await system.redis("GET", COMPARED_NEXT) != b"0"

    await until(begun)


@pytest.fixture
async def calm(tmp_path: Path) -> AsyncIterator[System]:
    """A system of its own: once keys are compared, resets of others are told as drift."""
    async with running_system(tmp_path) as one:
        yield one


async def test_a_change_in_the_console_is_told_once(calm: System) -> None:
    """To security and to its owner, who created it meanwhile, and by whichever process"""
    await compared(calm)
    await until(lambda: calm.redis("EXISTS", FIRST))
    await calm.send("key create drifting --env staging", NIA)
    await enable(calm, await calm.key("drifting", "Staging"))
    await compared(calm)
    await notified(calm, NIA, OUTSIDE)
    await compared(calm)
    for reader, channel in ((NIA, direct(NIA)), (ADA, SECURITY)):
        told = [each["text"] for each in await from_bot(calm, reader, channel)]
        (said,) = [text for text in told if OUTSIDE in text and "drifting" in text]
        assert "is enabled now" in said
    assert (await calm.key("drifting", "Staging"))["enabled"]
