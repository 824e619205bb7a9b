"""Links that are opened by others first: by Slack, a mail gateway, a browser that runs the page."""

import pytest

from tests.scenarios.opening import open_link
from tests.scenarios.system import PLATFORM, TOM, Json, System, link_of, until

VISITS = {"slack": 2, "paranoid": 6, "browser": 1}
"""How often each opens one link with a fragment."""


async def opened(system: System, count: int) -> list[Json]:
    """Wait until the previewer has come so often, and give its visits."""

    async def all_of_them() -> list[Json]:
        visits: list[Json] = (await system.look("previews"))["visits"]
        done = len(visits) == count and all(visit["done"] for visit in visits)
        return visits if done else []

    return await until(all_of_them, seconds=60)


@pytest.mark.parametrize("mode", VISITS)
async def test_a_link_that_was_previewed_is_still_its_person_s(system: System, mode: str) -> None:
    """The bot's own message, and the link pasted into a channel: the key sleeps, then it works."""
    await system.act("previewer", mode=mode)

    link = link_of(await system.send(f"key create seen-by-{mode} --env staging"))
    unasked = 0 if mode == "slack" else VISITS[mode]
    await system.act("message", user=TOM, channel=PLATFORM, text=f"what is {link} ?")
    visits = await opened(system, unasked + VISITS[mode])

    assert {visit["mode"] for visit in visits} == {mode}
    assert {visit["status"] for visit in visits} == {200}
    assert (await system.key(f"seen-by-{mode}", "Staging"))["enabled"] is False
    assert (await open_link(system, link))["name"] == f"seen-by-{mode}"
    assert (await system.key(f"seen-by-{mode}", "Staging"))["enabled"] is True
