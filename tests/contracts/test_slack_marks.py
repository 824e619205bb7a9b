"""The marks in messages: how a card is found again whose place no record knows."""

from collections.abc import AsyncIterator

import pytest

from bot.adapters.slack.client import SEARCHED, Slack
from bot.cards.kit import Text, card, line, render
from bot.domain.jobs import Reply
from bot.domain.requests.notifications import Posted
from bot.errors import SlackError
from tests.contracts.slack_lab import MIA, PLATFORM, TOM, Lab, lab

HELLO = render(card(line(Text("hello"))))
DRAWN_AGAIN = render(card(line(Text("approved"))))
SCOPES = frozenset({"commands", "chat:write", "im:write", "im:history", "channels:history"})


@pytest.fixture
async def one() -> AsyncIterator[Lab]:
    """A workspace where the bot may read what is in its channels."""
    async with lab(scopes=SCOPES) as running:
        yield running


def slack_of(one: Lab) -> Slack:
    """The adapter."""
    return Slack(one.config.bot_token, f"{one.url}/api/", one.session)


async def test_a_card_is_found_by_its_mark(one: Lab) -> None:
    """Also once it was drawn again; what has no mark, or is in a thread, is no card"""
    slack = slack_of(one)
    posted = await slack.send(PLATFORM, HELLO, mark="4f1c")
    await slack.post(PLATFORM, HELLO)
    await slack.post_ephemeral(Reply(channel=PLATFORM), TOM, HELLO)
    reply = await slack.send(PLATFORM, HELLO, mark="1-0", thread=posted.ts)
    await slack.change(posted, DRAWN_AGAIN)
    last = await slack.send(PLATFORM, HELLO, mark="5e2d")

    assert await slack.marks(PLATFORM) == ["5e2d", "4f1c"]
    assert [await slack.find(PLATFORM, mark) for mark in ("4f1c", "5e2d")] == [posted, last]
    assert await slack.find(PLATFORM, "1-0", thread=posted.ts) == reply
    assert await slack.find(PLATFORM, "1-0") is None
    assert await slack.find(PLATFORM, "4f1") is None


async def test_a_mark_is_looked_for_where_its_message_went(one: Lab) -> None:
    """A person's id leads to the conversation with them"""
    slack = slack_of(one)
    posted = await slack.send(MIA, HELLO, mark="1-0")
    assert await slack.find(MIA, "1-0") == Posted(posted.channel, posted.ts)
    assert await slack.find(TOM, "1-0") is None
    assert await slack.marks(PLATFORM) == []


async def test_every_message_with_a_mark_is_found(one: Lab) -> None:
    """And with a longer mark after a colon; in a thread as in a conversation"""
    slack = slack_of(one)
    for mark in ("c1:ready", "c1:ready:7-0", "c1:readyx", "c2:ready", "c1"):
        await slack.send(MIA, HELLO, mark=mark)
    await slack.post(MIA, HELLO)
    found = await slack.every(MIA, "c1:ready")
    assert found == [await slack.find(MIA, each) for each in ("c1:ready:7-0", "c1:ready")]
    assert await slack.every(TOM, "c1:ready") == []
    card = await slack.send(PLATFORM, HELLO, mark="c1")
    reply = await slack.send(PLATFORM, HELLO, mark="c1:ready", thread=card.ts)
    assert await slack.every(PLATFORM, "c1:ready", card.ts) == [reply]
    assert await slack.every(PLATFORM, "c1:ready") == []


async def test_the_conversation_with_a_person_is_opened_once(one: Lab) -> None:
    """Slack limits these calls, and each message to an owner or an approver is looked for"""
    slack = slack_of(one)
    posted = await slack.send(MIA, HELLO, mark="1-0")
    assert await slack.find(MIA, "1-0") == posted
    await one.act("faults", method="conversations.open", kind="refused", error="fatal_error")
    assert await slack.find(MIA, "1-0") == posted
    with pytest.raises(SlackError):
        await slack.find(TOM, "1-0")


async def test_the_newest_messages_are_searched(one: Lab) -> None:
    """More of them than Slack lists by default"""
    slack = slack_of(one)
    await slack.send(PLATFORM, HELLO, mark="too old")
    oldest = await slack.send(PLATFORM, HELLO, mark="4f1c")
    for _ in range(SEARCHED - 1):
        await slack.post(PLATFORM, HELLO)
    assert await slack.marks(PLATFORM) == ["4f1c"]
    assert await slack.find(PLATFORM, "4f1c") == oldest


async def test_a_channel_that_may_not_be_read_is_a_refusal(one: Lab) -> None:
    """Not a channel without cards: nothing was compared"""
    await one.act("channel", id=PLATFORM, is_private=True)
    with pytest.raises(SlackError, match="missing_scope"):
        await slack_of(one).marks(PLATFORM)
