"""Link previews by Slack, a mail gateway or a browser leave a link unopened."""

import pytest

from tests.scenarios.opening import open_link
from tests.scenarios.system import PLATFORM, TOM, Json, System, link_of, until

VISITS = {"slack": 2, "paranoid": 6, "browser": 1}
"""How often each previewer visits one link with a fragment."""


async def visited(system: System, count: int) -> list[Json]:
    """Wait for this number of visits by the previewer, and give them."""

    async def all_done() -> list[Json]:
        visits: list[Json] = (await system.look("previews"))["visits"]
        done = len(visits) == count and all(visit["done"] for visit in visits)
        return visits if done else []

    return await until(all_done, seconds=60)


@pytest.mark.parametrize("mode", VISITS)
async def test_a_previewed_link_still_opens_for_its_owner(system: System, mode: str) -> None:
    """Previews of the bot's message and of a pasted link do not enable the key."""
    await system.act("previewer", mode=mode)

    link = link_of(await system.send(f"key create seen-by-{mode} --env staging"))
    of_the_answer = 0 if mode == "slack" else VISITS[mode]
    await system.act("message", user=TOM, channel=PLATFORM, text=f"what is {link} ?")
    visits = await visited(system, of_the_answer + VISITS[mode])

    assert {visit["mode"] for visit in visits} == {mode}
    assert {visit["status"] for visit in visits} == {200}
    assert (await system.key(f"seen-by-{mode}", "Staging"))["enabled"] is False
    assert (await open_link(system, link))["name"] == f"seen-by-{mode}"
    assert (await system.key(f"seen-by-{mode}", "Staging"))["enabled"] is True
