"""Emoji reactions of the bot and of people."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sandbox.slack.payload import Payload
from sandbox.slack.reactions import MAX_EMOJI, MAX_OF_A_PERSON, react
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Message, Reaction
from tests.contracts.slack_lab import ALL_SCOPES, GENERAL, MIA, PLATFORM, TOM, Lab, lab, refusal

BOT = "U0KEYSMITH"
SCOPES = ALL_SCOPES | {"reactions:write", "reactions:read"}


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot may react."""
    async with lab(scopes=SCOPES) as running:
        yield running


async def said(it: Lab, channel: str = PLATFORM) -> str:
    """A message of Tom's."""
    ts: str = (await it.act("message", user=TOM, channel=channel, text="Done?"))["ts"]
    return ts


async def test_reactions_are_shown_with_their_users(it: Lab) -> None:
    """The bot's and people's, in order."""
    ts = await said(it)
    await it.slack.reactions_add(channel=PLATFORM, timestamp=ts, name="eyes")
    await it.act("react", user=MIA, channel=PLATFORM, message_ts=ts, name="eyes")
    await it.act("react", user=MIA, channel=PLATFORM, message_ts=ts, name="+1::skin-tone-3")

    expected = [
        {"name": "eyes", "users": [BOT, MIA], "count": 2},
        {"name": "+1::skin-tone-3", "users": [MIA], "count": 1},
    ]
    assert expected == (await it.messages())[0]["reactions"]
    got = await it.slack.reactions_get(channel=PLATFORM, timestamp=ts, full=True)
    assert expected == got["message"]["reactions"]


async def test_a_reaction_can_be_removed(it: Lab) -> None:
    """Only one's own; with the last user the emoji disappears."""
    ts = await said(it)
    await it.slack.reactions_add(channel=PLATFORM, timestamp=ts, name="eyes")
    await it.act("react", user=MIA, channel=PLATFORM, message_ts=ts, name="eyes")
    await it.slack.reactions_remove(channel=PLATFORM, timestamp=ts, name="eyes")
    assert [MIA] == (await it.messages())[0]["reactions"][0]["users"]
    await it.act("react", user=MIA, channel=PLATFORM, message_ts=ts, name="eyes", remove=True)

    assert [] == (await it.messages())[0]["reactions"]


async def test_an_update_keeps_the_reactions(it: Lab) -> None:
    """They do not belong to the content."""
    ts = (await it.slack.chat_postMessage(channel=PLATFORM, text="one"))["ts"]
    await it.slack.reactions_add(channel=PLATFORM, timestamp=ts, name="eyes")
    await it.slack.chat_update(channel=PLATFORM, ts=ts, text="two")

    assert "eyes" == (await it.messages())[0]["reactions"][0]["name"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": ":eyes:"}, "invalid_name"),
        ({"name": "Eyes"}, "invalid_name"),
        ({"name": "+1::skin-tone-9"}, "invalid_name"),
        ({"timestamp": "1.000001"}, "message_not_found"),
        ({"timestamp": "yesterday"}, "bad_timestamp"),
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"timestamp": None}, "invalid_arguments"),
    ],
    ids=str,
)
async def test_a_reaction_is_refused_for(it: Lab, changed: Payload, error: str) -> None:
    """The errors of Slack's page."""
    call: Payload = {"channel": PLATFORM, "timestamp": await said(it), "name": "eyes", **changed}

    assert error == (await refusal(it.slack.api_call("reactions.add", json=call)))["error"]
    assert [] == (await it.messages())[0]["reactions"]


async def test_the_bot_reacts_only_as_a_member(it: Lab) -> None:
    """And not in archived channels."""
    elsewhere, here = await said(it, GENERAL), await said(it)
    call = it.slack.reactions_add(channel=GENERAL, timestamp=elsewhere, name="eyes")
    assert "not_in_channel" == (await refusal(call))["error"]

    await it.act("channel", id=PLATFORM, is_archived=True)
    call = it.slack.reactions_add(channel=PLATFORM, timestamp=here, name="eyes")
    assert "is_archived" == (await refusal(call))["error"]


async def test_the_same_reaction_is_refused_the_second_time(it: Lab) -> None:
    """For the bot and for people."""
    ts = await said(it)
    await it.slack.reactions_add(channel=PLATFORM, timestamp=ts, name="eyes")
    call = it.slack.reactions_add(channel=PLATFORM, timestamp=ts, name="eyes")
    assert "already_reacted" == (await refusal(call))["error"]

    reaction = {"user": MIA, "channel": PLATFORM, "message_ts": ts, "name": "eyes"}
    await it.act("react", **reaction)
    assert {"error": "already_reacted"} == await it.act("react", **reaction)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({}, "no_reaction"),
        ({"name": ":eyes:"}, "invalid_name"),
        ({"timestamp": "1.000001"}, "message_not_found"),
        ({"channel": None}, "no_item_specified"),
        ({"file": "F1"}, "file_not_found"),
        ({"file_comment": "Fc1"}, "file_comment_not_found"),
    ],
    ids=str,
)
async def test_there_is_no_reaction_to_remove_for(it: Lab, changed: Payload, error: str) -> None:
    """The bot can only remove its own; this one is Mia's."""
    ts = await said(it)
    await it.act("react", user=MIA, channel=PLATFORM, message_ts=ts, name="eyes")
    call: Payload = {"channel": PLATFORM, "timestamp": ts, "name": "eyes", **changed}

    assert error == (await refusal(it.slack.api_call("reactions.remove", json=call)))["error"]


async def test_an_ephemeral_message_cannot_be_reacted_to(it: Lab) -> None:
    """The API does not reach it."""
    whisper = await it.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="psst")
    call = it.slack.reactions_add(channel=PLATFORM, timestamp=whisper["message_ts"], name="eyes")

    assert "message_not_found" == (await refusal(call))["error"]


@pytest.mark.parametrize(
    ("users", "count", "error"),
    [((TOM,), MAX_OF_A_PERSON, "too_many_reactions"), ((MIA,), MAX_EMOJI, "too_many_emoji")],
)
def test_the_number_of_reactions_is_limited(users: tuple[str, ...], count: int, error: str) -> None:
    """Per person, and per message."""
    full = Message("1.000001", PLATFORM, TOM, "Done?")
    full = replace(full, reactions=tuple(Reaction(f"e{n}", users) for n in range(count)))

    with pytest.raises(Refusal, match=error):
        react(full, TOM, "eyes")
    almost = replace(full, reactions=full.reactions[1:])
    assert Reaction("eyes", (TOM,)) == react(almost, TOM, "eyes").reactions[-1]


@pytest.mark.parametrize("method", ["reactions.add", "reactions.remove", "reactions.get"])
async def test_reacting_needs_a_scope(method: str) -> None:
    """To read, or to write."""
    needed = "reactions:read" if method.endswith("get") else "reactions:write"
    async with lab(scopes=SCOPES - {needed}) as it:
        call: Payload = {"channel": PLATFORM, "timestamp": "1.000001"}
        given = call if method.endswith("get") else {**call, "name": "eyes"}
        body = await refusal(it.slack.api_call(method, json=given))

    assert ("missing_scope", needed) == (body["error"], body["needed"])
