"""A delivery that arrives several times has one effect and one answer."""

import asyncio

import pytest

from tests.scenarios.opening import open_link
from tests.scenarios.presses import drained
from tests.scenarios.system import PLATFORM, TOM, Json, System, link_of, until

LATE = 250
"""Seconds; a signature is valid for five minutes."""
BYTES = pytest.mark.parametrize("same_bytes", [False, True], ids=["newly signed", "same bytes"])


async def redelivered(system: System, count: int = 1) -> None:
    """Wait until Slack has sent the planned duplicates."""

    async def all_sent() -> bool:
        return len((await system.look("duplicates"))["duplicates"]) >= count

    assert await until(all_sent)


async def final_messages(system: System) -> list[Json]:
    """List Tom's messages after one more command was answered, without its answer."""
    last = await system.send("whoami")
    await drained(system)
    return [m for m in await system.messages() if "bot" in m and m["ts"] != last["ts"]]


@BYTES
async def test_a_change_delivered_three_times_at_once_is_made_once(
    system: System, same_bytes: object
) -> None:
    """There is one change at Cloudinary and one effect in the audit log."""
    before = len(await system.effects("key:disable"))
    await system.act("duplicates", kind="command", count=2, same_bytes=same_bytes)

    await system.send("key disable ci-bot")
    await redelivered(system, 2)
    await final_messages(system)

    assert len(await system.requests("PUT")) == 1
    assert len(await system.effects("key:disable")) == before + 1


@BYTES
async def test_a_creation_delivered_twice_at_once_makes_one_key(
    system: System, same_bytes: object
) -> None:
    """One call creates the key, and it exists."""
    name = f"doubled-{same_bytes}".lower()
    await system.act("duplicates", kind="command", same_bytes=same_bytes)

    await system.send(f"key create {name} --env staging")
    await redelivered(system)
    await final_messages(system)

    assert len(await system.requests("POST")) == 1
    assert await system.find_key(name, "Staging")


@BYTES
async def test_a_late_duplicate_of_a_creation_makes_no_second_key(
    system: System, same_bytes: object
) -> None:
    """The duplicate arrives after the first link was opened, and the key stays enabled."""
    name = f"again-{same_bytes}".lower()
    await system.act("duplicates", kind="command", after=LATE, same_bytes=same_bytes)

    link = link_of(await system.send(f"key create {name} --env staging"))
    assert (await open_link(system, link))["name"] == name
    await system.act("speed", factor=1e6)
    await redelivered(system)
    await final_messages(system)

    assert len(await system.requests("POST")) == 1
    assert (await system.key(name, "Staging"))["enabled"] is True


@BYTES
async def test_duplicates_of_a_read_are_answered_once(system: System, same_bytes: object) -> None:
    """Three deliveries of one command give one message, newly signed or not."""
    await system.act("duplicates", kind="command", count=2, same_bytes=same_bytes)
    await system.send("key show ci-bot")
    await redelivered(system, 2)

    assert len(await final_messages(system)) == 1


@BYTES
async def test_a_click_delivered_twice_turns_one_page(system: System, same_bytes: object) -> None:
    """Next leads to the second page and not beyond."""
    first = await system.send("key list")
    button = first["blocks"][-1]["elements"][0]
    await system.act("duplicates", kind="interaction", same_bytes=same_bytes)
    await system.act(
        "click",
        user=TOM,
        channel=PLATFORM,
        message_ts=first["ts"],
        block_id=first["blocks"][-1]["block_id"],
        action_id=button["action_id"],
    )
    await redelivered(system)

    async def turned() -> bool:
        return any("page 2 of" in m["text"] for m in await system.messages())

    assert await until(turned)
    [card] = await final_messages(system)
    assert "page 2 of" in card["text"]


async def test_commands_delivered_in_another_order_are_each_answered(system: System) -> None:
    """Both commands are answered, and the audit log is intact."""
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
