"""The bot is removed from its channels while it runs, or they are archived."""

from typing import Final

from sandbox import company
from tests.scenarios.presses import (
    APPROVALS,
    REQUEST,
    ask,
    card,
    direct,
    from_bot,
    notified,
    pressed,
)
from tests.scenarios.system import MIA, SECURITY, TOM, System, until

ADA: Final = "U0ADA0001"


def members(channel: str) -> list[str]:
    """The members that a channel begins with."""
    return next(list(each.members) for each in company.CHANNELS if each.id == channel)


async def without_bot(system: System, channel: str) -> None:
    """Remove the bot."""
    others = [each for each in members(channel) if each != company.BOT_USER_ID]
    await system.act("channel", id=channel, members=others)


async def ready(system: System) -> str:
    """What `/readyz` says."""
    async with system.session.get(f"{system.twins.at.admin}/readyz") as answer:
        assert answer.status == 200
        return await answer.text()


async def alarmed(system: System, channel: str, words: str) -> None:
    """Wait for a message to security."""

    async def found() -> bool:
        return any(words in each["text"] for each in await from_bot(system, ADA, channel))

    await until(found)


async def test_without_its_channel_a_request_is_decided_by_direct_messages(calm: System) -> None:
    """Requester, approvers and security are told; cards come back with the channel"""
    system, logged = calm, len(calm.bot.log)
    await without_bot(system, APPROVALS)
    await ask(system, REQUEST.format(name="gone-one"))
    asked = await notified(system, TOM, "requests new credentials")
    await notified(system, MIA, "asked directly")
    await alarmed(system, SECURITY, "refuses Keysmith's messages (not_in_channel)")
    assert "APPROVALS_CHANNEL refuses messages (not_in_channel)" in await ready(system)
    await pressed(system, TOM, asked, "approve", direct(TOM))
    await notified(system, MIA, "The key is created")
    over = await notified(system, TOM, "Approved by ")
    posted = [it for it in await from_bot(system, TOM, direct(TOM)) if not it["ephemeral"]]
    assert [over["ts"]] == [it["ts"] for it in posted if "credentials: gone-one in" in it["text"]]

    await ask(system, REQUEST.format(name="gone-two"))
    await without_bot(system, SECURITY)
    await system.send("key disable ci-bot")
    await system.act("channel", id=APPROVALS, members=members(APPROVALS), is_archived=True)
    await ask(system, REQUEST.format(name="gone-three"))
    await notified(system, TOM, "gone-three")

    async def told() -> bool:
        return "APPROVALS_CHANNEL refuses messages (is_archived): restore" in await ready(system)

    await until(told)
    await system.act("channel", id=APPROVALS, is_archived=False)
    await ask(system, REQUEST.format(name="gone-four"))
    for name in ("gone-four", "gone-three", "gone-two"):
        await card(system, name)
    assert "APPROVALS_CHANNEL" not in await ready(system)

    await alarmed(system, APPROVALS, "For the security channel, which refuses it")
    await system.act("channel", id=SECURITY, members=members(SECURITY))
    await system.send("key disable image-proxy")
    await alarmed(system, SECURITY, "image-proxy")
    assert "refuses" not in await ready(system)
    assert [] == [it for it in system.bot.log[logged:].splitlines() if "Traceback" in it]
