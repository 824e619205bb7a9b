"""Lists of people and conversations in pages; the team and the bot."""

from collections.abc import AsyncIterator

import pytest

from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import (
    ALL_SCOPES,
    GENERAL,
    MIA,
    OTTO,
    PLATFORM,
    TOM,
    ZOE,
    Lab,
    lab,
    refusal,
)

SCOPES = ALL_SCOPES | {"team:read"}


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot may read about everything."""
    async with lab(scopes=SCOPES) as running:
        yield running


async def ids(it: Lab, method: str, **arguments: object) -> set[str]:
    """The ids in one page."""
    answer = await it.slack.api_call(method, json=arguments)
    return {one["id"] for one in answer.get("members") or answer.get("channels") or ()}


async def test_the_official_client_pages_through_all_people(it: Lab) -> None:
    """Once each, including deactivated people; people of other workspaces are not listed."""
    seen: list[str] = []
    async for page in await it.slack.users_list(limit=4):
        seen += [person["id"] for person in page["members"]]

    assert len(set(seen)) == len(seen)
    assert ({TOM, ZOE}, False) == ({TOM, ZOE} & set(seen), OTTO in seen)
    assert set(seen) == await ids(it, "users.list")


async def test_public_channels_are_listed_by_default(it: Lab) -> None:
    """All public channels, but only the private ones that the bot is a member of."""
    await it.act("channel", id=GENERAL, is_private=True)

    assert {PLATFORM} == await ids(it, "conversations.list") & {PLATFORM, GENERAL}
    assert set() == await ids(it, "conversations.list", types="private_channel")
    assert f"D{TOM[1:]}" in await ids(it, "conversations.list", types="im")


async def test_archived_channels_can_be_left_out(it: Lab) -> None:
    """They are listed otherwise."""
    await it.act("channel", id=PLATFORM, is_archived=True)

    assert PLATFORM in await ids(it, "conversations.list")
    assert PLATFORM not in await ids(it, "conversations.list", exclude_archived=True)


async def test_a_persons_conversations_are_listed(it: Lab) -> None:
    """The bot itself, or a person."""
    assert {True, False} == {
        GENERAL in await ids(it, "users.conversations", user=MIA),
        GENERAL in await ids(it, "users.conversations"),
    }


async def test_the_team_and_the_bot_are_described(it: Lab) -> None:
    """By their names."""
    team = (await it.slack.team_info())["team"]
    bot = (await it.slack.bots_info(bot="B0KEYSMITH"))["bot"]

    assert ("T0LUMEN01", "Lumen Goods") == (team["id"], team["name"])
    assert ("A0KEYSMITH", "U0KEYSMITH") == (bot["app_id"], bot["user_id"])


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("users.list", {"cursor": "x"}, "invalid_cursor"),
        ("users.list", {"cursor": "999"}, "invalid_cursor"),
        ("conversations.list", {"limit": 0}, "invalid_limit"),
        ("conversations.list", {"limit": 1001}, "invalid_limit"),
        ("conversations.members", {"channel": PLATFORM, "limit": 0}, "invalid_limit"),
        ("conversations.members", {"channel": PLATFORM, "cursor": "x"}, "invalid_cursor"),
        ("conversations.list", {"types": "secret"}, "invalid_types"),
        ("conversations.list", {"types": "mpim"}, "missing_scope"),
        ("users.conversations", {"user": "U0NOBODY0"}, "user_not_found"),
        ("team.info", {"team": "T0PARTNER"}, "team_not_found"),
        ("team.info", {"domain": "lumen-goods"}, "team_not_on_enterprise"),
        ("bots.info", {}, "missing_argument"),
        ("bots.info", {"bot": "B0NOBODY0"}, "bot_not_found"),
    ],
)
async def test_a_list_is_refused_for(it: Lab, method: str, arguments: Payload, error: str) -> None:
    """The errors of Slack's pages."""
    assert error == (await refusal(it.slack.api_call(method, json=arguments)))["error"]


@pytest.mark.parametrize(
    ("method", "arguments", "needed"),
    [
        ("users.list", {}, "users:read"),
        ("bots.info", {"bot": "B0KEYSMITH"}, "users:read"),
        ("team.info", {}, "team:read"),
        ("conversations.list", {}, "channels:read"),
        ("conversations.list", {"types": "public_channel,im"}, "im:read"),
        ("users.conversations", {"types": "private_channel"}, "groups:read"),
    ],
)
async def test_a_list_needs_a_scope(method: str, arguments: Payload, needed: str) -> None:
    """Each type of conversation its own."""
    async with lab(scopes=SCOPES - {needed}) as it:
        body = await refusal(it.slack.api_call(method, json=arguments))

    assert ("missing_scope", True) == (body["error"], needed in body["needed"].split(","))
