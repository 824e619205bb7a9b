"""Reading messages: conversations.history, conversations.replies, and their scopes."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_lab import GENERAL, IVO, PLATFORM, SCOPES, Lab, lab, refusal

HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
METADATA = {"event_type": "keysmith", "event_payload": {"mark": "m1"}}


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot may read messages."""
    async with lab(scopes=SCOPES | HISTORY) as running:
        yield running


async def test_a_channel_is_read_newest_first_and_without_its_threads(it: Lab) -> None:
    """Replies are only in their thread, after its root, oldest first."""
    root = (await it.slack.chat_postMessage(channel=PLATFORM, text="a"))["ts"]
    await it.slack.chat_postMessage(channel=PLATFORM, text="b")
    await it.slack.chat_postMessage(channel=PLATFORM, text="under a", thread_ts=root)

    said = (await it.slack.conversations_history(channel=PLATFORM))["messages"]
    under = (await it.slack.conversations_replies(channel=PLATFORM, ts=root))["messages"]

    assert ["b", "a"] == [message["text"] for message in said]
    assert ["a", "under a"] == [message["text"] for message in under]


async def test_metadata_is_given_on_request(it: Lab) -> None:
    """It is stored with the message, and left out by default."""
    posted = await it.slack.chat_postMessage(channel=PLATFORM, text="a", metadata=METADATA)
    read = it.slack.conversations_history

    (plain,) = (await read(channel=PLATFORM))["messages"]
    (marked,) = (await read(channel=PLATFORM, include_all_metadata=True))["messages"]

    assert (False, METADATA) == ("metadata" in plain, marked["metadata"])
    assert posted["ts"] == marked["ts"]


async def test_messages_come_in_pages(it: Lab) -> None:
    """A cursor leads to where the last page ended; the last page has none."""
    for text in "abc":
        await it.slack.chat_postMessage(channel=PLATFORM, text=text)
    read = it.slack.conversations_history

    first = await read(channel=PLATFORM, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await read(channel=PLATFORM, limit=2, cursor=cursor)

    assert (["c", "b"], True) == ([m["text"] for m in first["messages"]], first["has_more"])
    assert (["a"], False) == ([m["text"] for m in second["messages"]], second["has_more"])


async def test_a_direct_conversation_is_read_by_its_own_id(it: Lab) -> None:
    """A message that was posted to a user's id is in the conversation that opens for them."""
    await it.slack.chat_postMessage(channel=IVO, text="hello")
    direct = (await it.slack.conversations_open(users=[IVO]))["channel"]["id"]

    said = (await it.slack.conversations_history(channel=direct))["messages"]

    assert ["hello"] == [message["text"] for message in said]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("history", {"channel": GENERAL}, "not_in_channel"),
        ("history", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("history", {"channel": PLATFORM, "limit": 0}, "invalid_limit"),
        ("history", {"channel": PLATFORM, "cursor": "bm90IG9uZQ=="}, "invalid_cursor"),
        ("replies", {"channel": PLATFORM, "ts": "1.000001"}, "thread_not_found"),
    ],
)
async def test_an_invalid_read_is_refused(
    it: Lab, method: str, arguments: dict[str, object], error: str
) -> None:
    """With Slack's own errors."""
    call = it.slack.api_call(f"conversations.{method}", json=arguments)

    assert error == (await refusal(call))["error"]


async def test_reading_needs_the_scope_of_the_kind_of_conversation() -> None:
    """The scope for posting is not enough."""
    async with lab(scopes=SCOPES) as it:
        told = await refusal(it.slack.conversations_history(channel=PLATFORM))

    assert ("missing_scope", "channels:history") == (told["error"], told["needed"])
