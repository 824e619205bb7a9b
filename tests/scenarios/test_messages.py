"""What people write to the bot in Slack, from the event to the answer."""

from tests.scenarios.opening import open_link
from tests.scenarios.presses import direct, from_bot
from tests.scenarios.system import PLATFORM, TOM, Json, System, link_of, until


async def write(system: System, text: str, channel: str, begins: str) -> Json:
    """Post a message as Tom, and wait for the bot's answer, which begins so.

    An answer to what an earlier scenario sent may still come in between.
    """
    before = {m["ts"] for m in await from_bot(system, TOM, channel)}
    await system.act("message", user=TOM, channel=channel, text=text)

    async def answer() -> Json | None:
        seen = await from_bot(system, TOM, channel)
        new = (m for m in seen if m["ts"] not in before)
        return next((m for m in new if m["text"].startswith(begins)), None)

    return await until(answer)


async def press(system: System, message: Json, label: str, channel: str) -> Json:
    """Press a button of Tom's, and wait for its answer in the same place."""
    found = [(b["block_id"], e) for b in message["blocks"] for e in b.get("elements", [])]
    ((block, action),) = [
        (block, each["action_id"])
        for block, each in found
        if each.get("type") == "button" and each["text"]["text"] == label
    ]
    about = {"channel": channel, "message_ts": message["ts"]}
    sent = await system.act("click", user=TOM, action_id=action, block_id=block, **about)
    return await system.answer(sent, TOM, channel)


async def test_the_bots_messages_tab_works_like_the_command(system: System) -> None:
    """A question, a list, and a key whose link comes in a message that Tom alone sees"""
    tab = direct(TOM)
    await write(system, "hi there", tab, "Hello Tom")
    await write(system, "key list", tab, "20 keys")
    created = await write(system, "key create by-message --env staging", tab, "by-message")
    assert "/s/" not in str(created)
    collected = await press(system, created, "Collect by-message", tab)
    assert collected["ephemeral"]
    assert (await open_link(system, link_of(collected)))["name"] == "by-message"


async def test_a_mention_in_a_channel_runs_after_a_press_for_its_person_alone(
    system: System,
) -> None:
    """Neither the offer nor the answer is seen by others"""
    offer = await write(system, "@keysmith key list", PLATFORM, "To run ")
    assert offer["ephemeral"]
    assert "20 keys" not in offer["text"]
    answer = await press(system, offer, "Run command", PLATFORM)
    assert answer["ephemeral"]
    assert "20 keys" in answer["text"]
