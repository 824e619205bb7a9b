"""Redis goes back to an earlier state under a running bot: nothing more happens, at once."""

from collections.abc import AsyncIterator

import pytest

from sandbox.ports import HOST
from tests.scenarios.opening import press
from tests.scenarios.restored import DumpedRedis, system_over_dumps
from tests.scenarios.system import ADA, System, link_of, until

SECURITY = "C0SECURTY"
BACKUP = "backup.rdb"


@pytest.fixture(scope="module")
async def both(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[System, DumpedRedis]]:
    """One system for all tests here, with a Redis that can be restored."""
    async with system_over_dumps(tmp_path_factory.mktemp("h")) as found:
        yield found


async def readiness(system: System) -> str:
    """Read `/readyz`."""
    port = system.bot.environment["ADMIN_PORT"]
    async with system.session.get(f"http://{HOST}:{port}/readyz") as answer:
        return await answer.text()


async def halted(system: System) -> str:
    """Wait until the bot is halted; gives what `/readyz` says."""

    async def found() -> str | None:
        text = await readiness(system)
        return text if text.startswith("halted") else None

    return await until(found)


async def told(system: System) -> list[str]:
    """List what the security channel was told of halts."""
    seen = await system.messages(ADA, SECURITY)
    return [each["text"] for each in seen if "Keysmith has stopped" in each["text"]]


async def test_an_older_dump_stops_everything_until_it_is_recovered(
    both: tuple[System, DumpedRedis],
) -> None:
    """A command, a link and a timer: nothing at Cloudinary; security hears once"""
    system, redis = both
    link = link_of(await system.send("key create kept --env staging"))
    await redis.back_up(BACKUP)
    await system.send("key create lost --env staging")
    await system.cloudinary("requests", "DELETE")

    await redis.restore(BACKUP)

    assert "the audit log ends at entry" in await halted(system)
    answer = await system.send("key create third --env staging")
    assert "its memory went back to an earlier state" in answer["text"]
    status, text = await press(system, link)
    assert (status, "keysmith recover" in str(text) or "earlier state" in str(text)) == (503, True)
    await until(lambda: told(system))
    assert len(await told(system)) == 1
    assert [] == [*await system.requests("POST"), *await system.requests("PUT")]
