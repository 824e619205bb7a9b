"""A workspace of an organisation (Enterprise Grid): one person is one actor in every delivery."""

from collections.abc import AsyncIterator

import pytest

from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    REQUEST,
    ask,
    card,
    direct,
    drained,
    from_bot,
    pressed,
)
from tests.scenarios.system import (
    GUS,
    MIA,
    NIA,
    OTTO,
    PLATFORM,
    TOM,
    Json,
    System,
    link_of,
    running_system,
    until,
)
from tests.scenarios.test_strangers import REFUSALS, refusal

TEAM, SISTER, ENTERPRISE = "T0LUMEN01", "T0LUMEN02", "E0LUMEN01"


@pytest.fixture(scope="module")
async def grid(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A bot in a workspace of an organisation."""
    async with running_system(tmp_path_factory.mktemp("grid"), grid=True) as one:
        yield one
        await drained(one)


def buttons(blocks: list[Json]) -> list[tuple[str, str, str]]:
    """List the text, block id and action id of every button."""
    return [
        (element["text"]["text"], block["block_id"], element["action_id"])
        for block in blocks
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]


@pytest.mark.parametrize("press", ["team", "enterprise", "nowhere"])
@pytest.mark.parametrize("home", [TEAM, SISTER, ENTERPRISE])
async def test_a_member_types_presses_and_collects_as_one_person(
    press: str, home: str, grid: System
) -> None:
    """Ask, cancel, approve, collect, and a menu, wherever Slack puts the organisation's ids."""
    await grid.act("grid", press=press, home=home)
    name = f"grid-{press}-{home[-2:]}-{home[0]}".lower()
    await ask(grid, REQUEST.format(name=f"{name}-no"), TOM)
    posted = await card(grid, f"{name}-no")
    assert "Cancelled." in (await pressed(grid, TOM, posted, "cancel"))["text"]

    id_ = await ask(grid, REQUEST.format(name=name))
    assert "Approved." in (await pressed(grid, TOM, await card(grid, name), "approve"))["text"]

    async def ready() -> Json | None:
        seen = await from_bot(grid, MIA, direct(MIA))
        return next((m for m in seen if f"claim:{id_}" in str(m["blocks"])), None)

    offered = await pressed(grid, MIA, await until(ready), "claim", direct(MIA))
    assert name == (await open_link(grid, link_of(offered)))["name"]

    menu = await grid.send("", TOM)
    label, block_id, action_id = buttons(menu["blocks"])[0]
    where = {"channel": PLATFORM, "message_ts": menu["ts"]}
    sent = await grid.act("click", user=TOM, block_id=block_id, action_id=action_id, **where)

    async def answer() -> str:
        screen = await grid.look("screen", user=TOM, channel=PLATFORM)
        answers = [m for m in screen["messages"] if m["response_url"] == sent["response_url"]]
        return str(screen["modal"] or "") or str([m["text"] for m in answers] or "")

    assert "made for" not in await until(answer), label
    for view in filter(None, [(await grid.look("screen", user=TOM, channel=PLATFORM))["modal"]]):
        await grid.act("close", user=TOM, view_id=view["id"])


async def test_app_home_of_a_member_shows_what_they_asked_for(grid: System) -> None:
    """What was typed as a command, and a button of it works there"""
    for press, home in (("team", ENTERPRISE), ("nowhere", SISTER)):
        await grid.act("grid", press=press, home=home)
        await ask(grid, REQUEST.format(name=f"home-{press}"))
        await grid.act("home", user=MIA)

        async def shown(name: str = f"home-{press}") -> Json | None:
            view: Json | None = (await grid.look("screen", user=MIA, channel=PLATFORM))["home"]
            return view if view and name in str(view["blocks"]) else None

        assert buttons((await until(shown))["blocks"])


async def test_only_members_of_the_served_workspace_are_members(grid: System) -> None:
    """Slack Connect users and guests stay out, and a W id is an id"""
    assert "Nia Patel" in (await grid.send("whoami", NIA))["text"]
    await drained(grid)
    for user, words in {OTTO: REFUSALS[OTTO], GUS: REFUSALS[GUS]}.items():
        assert words in await refusal(grid, user, "key disable ci-bot")
    assert (await grid.key("ci-bot"))["enabled"] is True
