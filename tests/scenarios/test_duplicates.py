"""Slack, or a network, delivers twice: one effect, and one answer."""

import asyncio

import pytest

from tests.scenarios.opening import open_link
from tests.scenarios.system import PLATFORM, TOM, Json, System, link_of, until

LATE = 250
"""Seconds, while a signature is good for five minutes."""
BYTES = pytest.mark.parametrize("same_bytes", [False, True], ids=["newly signed", "same bytes"])


async def came_again(system: System, count: int = 1) -> None:
    """Wait until what was planned to come again has come."""

    async def all_of_them() -> bool:
        return len((await system.look("duplicates"))["duplicates"]) >= count

    assert await until(all_of_them)


async def settled(system: System) -> list[Json]:
    """What Tom sees when the bot has nothing left to say, which another command shows."""
    last = await system.send("whoami")
    return [m for m in await system.messages() if "bot" in m and m["ts"] != last["ts"]]


@BYTES
async def test_a_change_that_is_asked_for_three_times_at_once_is_made_once(
    system: System, same_bytes: object
) -> None:
    """One change at Cloudinary, one effect on the record."""
    before = len(await system.effects("key:disable"))
    await system.act("duplicates", kind="command", count=2, same_bytes=same_bytes)

    await system.send("key disable ci-bot")
    await came_again(system, 2)
    await settled(system)

    assert len(await system.requests("PUT")) == 1
    assert len(await system.effects("key:disable")) == before + 1


@BYTES
async def test_a_key_that_is_asked_for_twice_at_once_is_made_once(
    system: System, same_bytes: object
) -> None:
    """There is one key of that name, and one call that made it."""
    name = f"doubled-{same_bytes}".lower()
    await system.act("duplicates", kind="command", same_bytes=same_bytes)

    await system.send(f"key create {name} --env staging")
    await came_again(system)
    await settled(system)

    assert len(await system.requests("POST")) == 1
    assert await system.find_key(name, "Staging")


@BYTES
async def test_a_command_that_comes_again_late_makes_no_second_key(
    system: System, same_bytes: object
) -> None:
    """After the first was done and its link was opened."""
    name = f"again-{same_bytes}".lower()
    await system.act("duplicates", kind="command", after=LATE, same_bytes=same_bytes)

    link = link_of(await system.send(f"key create {name} --env staging"))
    assert (await open_link(system, link))["name"] == name
    await system.act("speed", factor=1e6)
    await came_again(system)
    await settled(system)

    assert len(await system.requests("POST")) == 1
    assert (await system.key(name, "Staging"))["enabled"] is True


@BYTES
async def test_what_comes_again_is_answered_once(system: System, same_bytes: object) -> None:
    """At once, whatever it asks for, however it is signed."""
    await system.act("duplicates", kind="command", count=2, same_bytes=same_bytes)
    await system.send("key show ci-bot")
    await came_again(system, 2)

    assert len(await settled(system)) == 1


@BYTES
async def test_a_click_that_comes_twice_turns_one_page(system: System, same_bytes: object) -> None:
    """Next, twice at once, leads to the second page and not beyond."""
    first = await system.send("key list")
    button = first["blocks"][1]["elements"][0]
    await system.act("duplicates", kind="interaction", same_bytes=same_bytes)
    await system.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=first["ts"],
        block_id=first["blocks"][1]["block_id"],
        action_id=button["action_id"],
    )
    await came_again(system)

    async def turned() -> bool:
        return any("page 2 of" in m["text"] for m in await system.messages())

    assert await until(turned)
    [card] = await settled(system)
    assert "page 2 of" in card["text"]


async def test_commands_that_come_in_another_order_are_each_answered(system: System) -> None:
    """The later one first; both are told, and the record is whole."""
    await system.act("disorder", kind="command", count=2)
    texts = ("key disable e2e-tests --env staging", "key enable e2e-tests --env staging")
    sent = await asyncio.gather(
        *(system.act("command", user=TOM, channel=PLATFORM, text=text) for text in texts)
    )

    async def both() -> bool:
        return len(await system.messages()) == len(texts)

    assert {answer["delivered"] for answer in sent} == {"ok"}
    assert await until(both)
    assert "intact" in await system.command_line("audit", "verify")
