"""What the Web API refuses; blocks, views, triggers, requests and limits have their own modules."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import home, section
from tests.contracts.slack_lab import (
    ALL_SCOPES,
    GENERAL,
    MANIFEST,
    OTTO,
    PLATFORM,
    TOM,
    ZOE,
    Lab,
    body_of,
    lab,
    refusal,
)

NOWHERE, UNKNOWN = "C0NOWHERE", "U0UNKNOWN0"
HELLO: Payload = {"channel": PLATFORM, "text": "hello"}
WHISPER: Payload = {**HELLO, "user": TOM}

# The method, its arguments, and the error.
CALLS: dict[str, tuple[str, Payload, str]] = {
    "an unknown method": ("chat.shout", {}, "unknown_method"),
    "an unknown user": ("users.info", {"user": UNKNOWN}, "user_not_found"),
    "an unknown address": (
        "users.lookupByEmail",
        {"email": "no@lumen-goods.example"},
        "users_not_found",
    ),
    "the address of a deactivated person": (
        "users.lookupByEmail",
        {"email": "zoe@lumen-goods.example"},
        "users_not_found",
    ),
    "information on no channel": ("conversations.info", {"channel": NOWHERE}, "channel_not_found"),
    "the members of no channel": (
        "conversations.members",
        {"channel": NOWHERE},
        "channel_not_found",
    ),
    "a conversation with an unknown person": (
        "conversations.open",
        {"users": UNKNOWN},
        "user_not_found",
    ),
    "a conversation with a deactivated person": (
        "conversations.open",
        {"users": ZOE},
        "user_disabled",
    ),
    "a conversation without users": ("conversations.open", {}, "users_list_not_supplied"),
    "a message to no channel": (
        "chat.postMessage",
        {**HELLO, "channel": NOWHERE},
        "channel_not_found",
    ),
    "a message where the bot is not": (
        "chat.postMessage",
        {**HELLO, "channel": GENERAL},
        "not_in_channel",
    ),
    "a whisper where the bot is not": (
        "chat.postEphemeral",
        {**WHISPER, "channel": GENERAL},
        "not_in_channel",
    ),
    "an ephemeral message to a non-member": (
        "chat.postEphemeral",
        {**WHISPER, "user": OTTO},
        "user_not_in_channel",
    ),
    "a message that says nothing": ("chat.postMessage", {"channel": PLATFORM}, "no_text"),
    "markdown beside a text": (
        "chat.postMessage",
        {**HELLO, "markdown_text": "x"},
        "markdown_text_conflict",
    ),
    "12001 characters of markdown": (
        "chat.postMessage",
        {"channel": PLATFORM, "markdown_text": "x" * 12_001},
        "msg_too_long",
    ),
    "40001 characters in a whisper": (
        "chat.postEphemeral",
        {**WHISPER, "text": "x" * 40_001},
        "msg_too_long",
    ),
    "101 attachments": (
        "chat.postMessage",
        {**HELLO, "attachments": [{"text": "x"}] * 101},
        "too_many_attachments",
    ),
    "bad blocks in an attachment": (
        "chat.postMessage",
        {**HELLO, "attachments": [{"blocks": [section("x" * 3001)]}]},
        "invalid_attachments",
    ),
    "metadata without an event_type": (
        "chat.postMessage",
        {**HELLO, "metadata": {"event_payload": {}}},
        "invalid_metadata_format",
    ),
    "an answer to no message": (
        "chat.postMessage",
        {**HELLO, "thread_ts": "1.000001"},
        "cannot_reply_to_message",
    ),
    "an update of no message": ("chat.update", {**HELLO, "ts": "1.000001"}, "message_not_found"),
    "a deletion of no message": (
        "chat.delete",
        {"channel": PLATFORM, "ts": "1.000001"},
        "message_not_found",
    ),
    "a link to no message": (
        "chat.getPermalink",
        {"channel": PLATFORM, "message_ts": "1.0"},
        "message_not_found",
    ),
    "a link to a message of no channel": (
        "chat.getPermalink",
        {"channel": NOWHERE, "message_ts": "1.0"},
        "channel_not_found",
    ),
    "an error that was asked for": ("api.test", {"error": "my_error"}, "my_error"),
}

# The method, its arguments, and the scope that it needs.
SCOPED: dict[str, tuple[Payload, str]] = {
    "chat.postMessage": (HELLO, "chat:write"),
    "chat.postEphemeral": (WHISPER, "chat:write"),
    "chat.update": ({**HELLO, "ts": "1.0"}, "chat:write"),
    "chat.delete": ({"channel": PLATFORM, "ts": "1.0"}, "chat:write"),
    "users.info": ({"user": TOM}, "users:read"),
    "users.lookupByEmail": ({"email": "tom@lumen-goods.example"}, "users:read.email"),
    "conversations.info": ({"channel": PLATFORM}, "channels:read"),
    "conversations.members": ({"channel": PLATFORM}, "channels:read"),
    "conversations.open": ({"users": TOM}, "im:write"),
    "usergroups.users.list": ({"usergroup": "S0ONCALL"}, "usergroups:read"),
}


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot has every useful scope."""
    async with lab(scopes=ALL_SCOPES) as running:
        yield running


@pytest.mark.parametrize(("method", "arguments", "error"), CALLS.values(), ids=CALLS.keys())
async def test_a_call_is_refused_for(it: Lab, method: str, arguments: Payload, error: str) -> None:
    """Each mistake gets the error that Slack's page for the method names."""
    body = await refusal(it.slack.api_call(method, json=arguments))

    assert error == body["error"]
    assert await it.texts() == []


@pytest.mark.parametrize(
    ("method", "arguments", "needed"),
    [(method, *about) for method, about in SCOPED.items()],
    ids=SCOPED.keys(),
)
async def test_a_missing_scope_is_refused_in(method: str, arguments: Payload, needed: str) -> None:
    """The refusal names the needed and the given scopes; no other scope is enough."""
    async with lab(scopes=ALL_SCOPES - {needed} | {"mpim:read"}) as it:
        body = await refusal(it.slack.api_call(method, json=arguments))

    assert body["error"] == "missing_scope"
    assert needed in body["needed"].split(",")
    assert set(body["provided"].split(",")) == ALL_SCOPES - {needed} | {"mpim:read"}


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("chat.postMessage", None, "not_authed"),
        ("chat.postMessage", "xoxb-another-app", "invalid_auth"),
        ("chat.postMessage", "xoxp-a-person", "invalid_auth"),
        ("chat.postMessage", "xapp-sandbox-keysmith", "not_allowed_token_type"),
        ("auth.test", "xapp-sandbox-keysmith", "not_allowed_token_type"),
        ("apps.connections.open", None, "not_authed"),
        ("apps.connections.open", "xoxb-sandbox-keysmith", "not_allowed_token_type"),
        ("apps.connections.open", "xoxp-a-person", "invalid_auth"),
    ],
)
async def test_a_wrong_token_is_refused(
    it: Lab, method: str, token: str | None, error: str
) -> None:
    """The bot's token is for its methods, the app's for sockets; others are for nothing."""
    client = AsyncWebClient(token, f"{it.url}/api/", session=it.session)

    assert error == (await refusal(client.api_call(method, json={})))["error"]


async def test_a_private_channel_without_the_bot_is_not_found(it: Lab) -> None:
    """Its existence is not revealed."""
    await it.act("channel", id=PLATFORM, is_private=True, members=[TOM])

    assert (await refusal(it.slack.chat_postMessage(**HELLO)))["error"] == "channel_not_found"
    assert (await refusal(it.slack.conversations_info(channel=PLATFORM)))[
        "error"
    ] == "channel_not_found"


async def test_an_archived_channel_takes_no_message(it: Lab) -> None:
    """Neither a normal nor an ephemeral one; and it is marked as archived."""
    await it.act("channel", id=PLATFORM, is_archived=True)

    assert (await refusal(it.slack.chat_postMessage(**HELLO)))["error"] == "is_archived"
    assert (await refusal(it.slack.chat_postEphemeral(**WHISPER)))["error"] == "is_archived"
    assert (await it.slack.conversations_info(channel=PLATFORM))["channel"]["is_archived"]


async def test_a_text_beyond_40000_characters_is_truncated(it: Lab) -> None:
    """Slack posts the beginning and warns; here it is also a violation."""
    body = await body_of(it.slack.chat_postMessage(channel=PLATFORM, text="x" * 40_001))

    assert body["response_metadata"]["warnings"] == ["message_truncated"]
    assert await it.texts() == ["x" * 40_000]
    assert await it.violations() == ["message_truncated"]


async def test_4001_characters_in_an_update_are_refused(it: Lab) -> None:
    """chat.update accepts a tenth of chat.postMessage's length."""
    posted = await it.slack.chat_postMessage(**HELLO)
    await it.slack.chat_update(channel=PLATFORM, ts=posted["ts"], text="x" * 4000)
    too_long = it.slack.chat_update(channel=PLATFORM, ts=posted["ts"], text="x" * 4001)

    assert (await refusal(too_long))["error"] == "msg_too_long"


async def test_an_ephemeral_can_be_neither_updated_nor_deleted(it: Lab) -> None:
    """Its ts is not found."""
    whisper = await it.slack.chat_postEphemeral(**WHISPER)
    updating = it.slack.chat_update(channel=PLATFORM, ts=whisper["message_ts"], text="x")
    deleting = it.slack.chat_delete(channel=PLATFORM, ts=whisper["message_ts"])

    assert (await refusal(updating))["error"] == "message_not_found"
    assert (await refusal(deleting))["error"] == "message_not_found"


async def test_a_persons_message_can_be_neither_updated_nor_deleted(it: Lab) -> None:
    """Only the bot's own messages can."""
    said = await it.act("message", user=TOM, channel=PLATFORM, text="mine")
    changing = it.slack.chat_update(channel=PLATFORM, ts=said["ts"], text="no")
    deleting = it.slack.chat_delete(channel=PLATFORM, ts=said["ts"])

    assert (await refusal(changing))["error"] == "cant_update_message"
    assert (await refusal(deleting))["error"] == "cant_delete_message"
    assert await it.texts() == ["mine"]


async def test_a_reply_cannot_have_replies(it: Lab) -> None:
    """A thread has one level."""
    root = await it.slack.chat_postMessage(**HELLO)
    reply = await it.slack.chat_postMessage(**HELLO, thread_ts=root["ts"])
    nested = it.slack.chat_postMessage(**HELLO, thread_ts=reply["ts"])

    assert (await refusal(nested))["error"] == "cannot_reply_to_message"


async def test_tabs_that_the_manifest_leaves_out_are_refused() -> None:
    """Without them, no Home is published and no direct message is sent."""
    async with lab(manifest=replace(MANIFEST, home_tab=False, messages_tab=False)) as it:
        publishing = it.slack.views_publish(user_id=TOM, view=home(section()))
        writing = it.slack.chat_postMessage(channel=TOM, text="x")

        assert (await refusal(publishing))["error"] == "not_enabled"
        assert (await refusal(writing))["error"] == "messages_tab_disabled"
