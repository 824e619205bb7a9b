"""A killed bot loses no accepted command, repeats none, and leaves no enabled key behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.system import System, link_of, running_system, until


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[System]:
    """A system for one test, which kills its bot."""
    async with running_system(tmp_path) as one:
        yield one


async def test_a_kill_between_creating_a_key_and_showing_its_link_leaves_it_to_claim(
    own: System,
) -> None:
    """The key is disabled; after the restart its owner claims it, and there is only one."""
    await own.act("faults", method="response_url", kind="latency", seconds=8, count=1)
    await own.act(
        "command", user="U0TOM0001", channel="C0PLATFRM", text="key create deploy --env staging"
    )

    async def created() -> object:
        return await own.find_key("deploy", "Staging")

    await until(created)
    await own.bot.kill()
    assert (await own.key("deploy", "Staging"))["enabled"] is False

    await own.bot.start()

    async def claimed() -> str | None:
        answer = await own.send("claim")
        return link_of(answer) if "disabled until you collect it" in answer["text"] else None

    assert await until(claimed, 60)
    state = await own.cloudinary("state")
    staging = next(e for e in state["environments"] if e["name"] == "Staging")
    assert len([key for key in staging["keys"] if key["name"] == "deploy"]) == 1
    assert (await own.key("deploy", "Staging"))["enabled"] is False
