"""A bot that is killed: nothing accepted is lost, nothing is done twice, no live key is left."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.system import System, link_of, running_system, until


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[System]:
    """A system of the test's own: it does not survive."""
    async with running_system(tmp_path) as one:
        yield one


async def test_killed_between_making_the_key_and_showing_the_link(own: System) -> None:
    """The key is dead; after the restart its owner claims it, once, and it works."""
    await own.act("faults", method="response_url", kind="latency", seconds=8, count=1)
    await own.act(
        "command", user="U0TOM0001", channel="C0PLATFRM", text="key create deploy --env staging"
    )

    async def made() -> object:
        return await own.find_key("deploy", "Staging")

    await until(made)
    await own.bot.kill()
    assert (await own.key("deploy", "Staging"))["enabled"] is False

    await own.bot.start()

    async def claimed() -> str | None:
        answer = await own.send("claim")
        return link_of(answer) if "is made, and disabled so far" in answer["text"] else None

    assert await until(claimed, 60)
    state = await own.cloudinary("state")
    staging = next(e for e in state["environments"] if e["name"] == "Staging")
    assert len([key for key in staging["keys"] if key["name"] == "deploy"]) == 1
    assert (await own.key("deploy", "Staging"))["enabled"] is False
