from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_blocks import section
from tests.contracts.slack_lab import ALL_SCOPES, IVO, PLATFORM, TOM, Lab, lab, refusal


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot has every useful scope."""
    async with lab(scopes=ALL_SCOPES) as running:
        yield running


async def test_a_direct_conversation_is_for_one_person(it: Lab) -> None:
    """Only that person reads the bot's messages there."""
    channel = (await it.slack.conversations_open(users=[IVO]))["channel"]["id"]
    await it.slack.chat_postMessage(channel=channel, text="between us")

    assert await it.texts(IVO, channel) == ["between us"]
    assert await it.look("screen", user=TOM, channel=channel) == {
        "error": "not a member of that channel"
    }


async def test_a_post_to_a_person_lands_in_their_conversation(it: Lab) -> None:
    """chat.postMessage accepts a user's id as a channel."""
    answer = await it.slack.chat_postMessage(channel=IVO, text="hello")

    assert await it.texts(IVO, answer["channel"]) == ["hello"]


async def test_an_update_replaces_text_and_blocks(it: Lab) -> None:
    """A text alone removes the blocks and marks the message as edited."""
    posted = await it.slack.chat_postMessage(channel=PLATFORM, text="a", blocks=[section()])
    await it.slack.chat_update(channel=PLATFORM, ts=posted["ts"], text="b", blocks=[section("c")])
    [with_blocks] = await it.messages()
    await it.slack.chat_update(channel=PLATFORM, ts=posted["ts"], text="d")
    [without] = await it.messages()

    assert (
        with_blocks["text"],
        with_blocks["blocks"][0]["text"]["text"],
        "edited" in with_blocks,
    ) == ("b", "c", False)
    assert (without["text"], "blocks" in without, "edited" in without) == ("d", False, True)


async def test_a_deleted_message_is_gone_and_a_permalink_points_at_one(it: Lab) -> None:
    """A link names channel and time; after a deletion the screen is empty."""
    posted = await it.slack.chat_postMessage(channel=PLATFORM, text="a")
    found = await it.slack.chat_getPermalink(channel=PLATFORM, message_ts=posted["ts"])
    await it.slack.chat_delete(channel=PLATFORM, ts=posted["ts"])

    assert found["permalink"].endswith(f"{PLATFORM}/p{posted['ts'].replace('.', '')}")
    assert await it.texts() == []


async def test_threads_hold_replies(it: Lab) -> None:
    """A reply has its message's `thread_ts`."""
    root = await it.slack.chat_postMessage(channel=PLATFORM, text="a")
    await it.slack.chat_postMessage(channel=PLATFORM, text="b", thread_ts=root["ts"])

    assert [None, root["ts"]] == [m.get("thread_ts") for m in await it.messages()]


async def test_everything_sent_is_in_the_outbox(it: Lab) -> None:
    """Refused payloads too, since they can leak secrets as well."""
    await it.slack.chat_postMessage(channel=PLATFORM, text="fine")
    await refusal(it.slack.chat_postMessage(channel="C0NOWHERE", text="not fine"))

    outbox = (await it.look("outbox"))["outbox"]
    assert [(one["via"], one["channel"], one["body"]["text"]) for one in outbox] == [
        ("chat.postMessage", PLATFORM, "fine"),
        ("chat.postMessage", "C0NOWHERE", "not fine"),
    ]
