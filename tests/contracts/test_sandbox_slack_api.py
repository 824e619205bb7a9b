from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.config import DEFAULT_SCOPES
from sandbox.slack.webapi.documents import document
from sandbox.slack.webapi.endpoint import METHODS
from tests.contracts.slack_twin import (
    ADA,
    ALL_SCOPES,
    GENERAL,
    OTTO,
    PLATFORM,
    TOM,
    ZOE,
    Lab,
    body_of,
    lab,
    refusal,
    sample,
    strange,
)
from tests.contracts.slack_twin_blocks import modal, section


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot has every scope that there is a use for."""
    async with lab(scopes=ALL_SCOPES) as running:
        yield running


def client(it: Lab, token: str | None) -> AsyncWebClient:
    """A client that holds this token."""
    return AsyncWebClient(token, f"{it.url}/api/", session=it.session)


def test_every_method_has_a_page() -> None:
    """What a method takes is written down for each that is served; two take nothing."""
    without = {name for name in METHODS if not document(name).types}

    assert without == {"auth.test", "apps.connections.open"}


async def test_auth_test_says_who_the_bot_is(it: Lab) -> None:
    """The bot learns its own ids and the team's."""
    answer = await it.slack.auth_test()

    assert (
        answer["team_id"],
        answer["user_id"],
        answer["bot_id"],
    ) == ("T0LUMEN01", "U0KEYSMITH", "B0KEYSMITH")


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (None, "not_authed"),
        ("xoxb-somebody-else", "invalid_auth"),
        ("xapp-sandbox-keysmith", "not_allowed_token_type"),
    ],
)
async def test_a_wrong_token_is_refused(it: Lab, token: str | None, error: str) -> None:
    """Only the bot's own token opens the bot's methods."""
    assert error == (await refusal(client(it, token).auth_test()))["error"]


async def test_a_token_in_the_form_counts_and_is_not_written_down(it: Lab) -> None:
    """Slack takes the token as an argument; the outbox does not keep it."""
    form = {"token": it.config.bot_token, "user": TOM}
    async with it.session.post(f"{it.url}/api/users.info", data=form) as answer:
        assert (await answer.json())["ok"]

    assert it.config.bot_token not in str(await it.look("outbox"))


async def test_an_unknown_method_is_refused_and_noted(it: Lab) -> None:
    """A method that the twin lacks does not pass silently."""
    assert (await refusal(it.slack.api_call("chat.shout")))["error"] == "unknown_method"
    assert await it.violations() == ["unknown_method"]


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("users.info", {}, "missing required field: user"),
        ("users.info", {"user": TOM, "colour": "red"}, "unknown argument: colour"),
        ("chat.postMessage", {"channel": 7, "text": "x"}, "must be a string: channel"),
        (
            "chat.postEphemeral",
            {"channel": GENERAL, "user": TOM, "text": "x", "unfurl_links": 0},
            "unknown argument: unfurl_links",
        ),
    ],
)
async def test_arguments_are_those_of_the_page(
    it: Lab, method: str, arguments: dict[str, object], message: str
) -> None:
    """Missing, unknown and mistyped arguments are refused, and noted."""
    body = await refusal(it.slack.api_call(method, json=arguments))

    assert ("invalid_arguments", [f"[ERROR] {message}"]) == (
        body["error"],
        body["response_metadata"]["messages"],
    )
    assert await it.violations() == ["invalid_arguments"]


async def test_reading_works_by_get_form_and_json(it: Lab) -> None:
    """The same call in all three encodings."""
    url, bearer = f"{it.url}/api/users.info", {"Authorization": f"Bearer {it.config.bot_token}"}
    for method, how in (
        ("GET", {"params": {"user": TOM}}),
        ("POST", {"data": {"user": TOM}}),
        ("POST", {"json": {"user": TOM}}),
    ):
        async with it.session.request(method, url, headers=bearer, **how) as answer:  # type: ignore[arg-type] # the keyword differs on purpose
            assert (await answer.json())["user"]["name"] == "tom"


async def test_a_missing_scope_names_itself() -> None:
    """The refusal says what was needed and what there is."""
    async with lab(scopes=DEFAULT_SCOPES - {"chat:write"}) as it:
        body = await refusal(it.slack.chat_postMessage(channel=PLATFORM, text="hello"))

    assert (body["error"], body["needed"]) == ("missing_scope", "chat:write")
    assert "users:read" in body["provided"].split(",")


async def test_conversations_need_the_scope_of_their_kind() -> None:
    """A public channel is read with channels:read, not with another kind's scope."""
    async with lab(scopes=frozenset({"im:read", "chat:write"})) as it:
        body = await refusal(it.slack.conversations_info(channel=PLATFORM))

    assert (body["error"], body["needed"]) == ("missing_scope", "channels:read")


async def test_an_email_needs_its_own_scope() -> None:
    """Without users:read.email a profile has no address."""
    async with lab(scopes=frozenset({"users:read"})) as it:
        user = (await it.slack.users_info(user=TOM))["user"]

    assert "email" not in user["profile"]


async def test_people_carry_their_flags(it: Lab) -> None:
    """A stranger of another team is recognisable."""
    user = (await it.slack.users_info(user=OTTO))["user"]

    assert (user["team_id"], user["is_stranger"], user["deleted"]) == ("T0PARTNER", True, False)


async def test_answers_have_no_field_that_slack_s_lack(it: Lab) -> None:
    """Compared, key by key, with the samples of the official Java SDK."""
    email = "tom@lumen-goods.example"
    odd = {
        name: strange(await body_of(call), sample(f"response.{name}"))
        for name, call in (
            ("auth.test", it.slack.auth_test()),
            ("users.info", it.slack.users_info(user=TOM)),
            ("users.lookupByEmail", it.slack.users_lookupByEmail(email=email)),
        )
    }

    assert odd == {
        "auth.test": [],
        "users.info": [],
        "users.lookupByEmail": ["/user/is_stranger"],  # in Slack's page of the user object
    }


async def test_flags_can_change_at_run_time(it: Lab) -> None:
    """Somebody who is deactivated is seen so at the next look."""
    await it.act("person", id=TOM, deleted=True)

    assert (await it.slack.users_info(user=TOM))["user"]["deleted"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("users.info", {"user": "U0NOBODY0"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "no@lumen-goods.example"}, "users_not_found"),
        ("users.lookupByEmail", {"email": "zoe@lumen-goods.example"}, "users_not_found"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.members", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.open", {"users": "U0NOBODY0"}, "user_not_found"),
        ("conversations.open", {"users": ZOE}, "user_disabled"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": GENERAL, "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": PLATFORM}, "no_text"),
        ("chat.postMessage", {"channel": PLATFORM, "text": "x" * 40_001}, "msg_too_long"),
        (
            "chat.postMessage",
            {"channel": PLATFORM, "text": "x", "thread_ts": "1.000001"},
            "cannot_reply_to_message",
        ),
        (
            "chat.postEphemeral",
            {"channel": PLATFORM, "user": OTTO, "text": "x"},
            "user_not_in_channel",
        ),
        ("chat.update", {"channel": PLATFORM, "ts": "1.000001", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": PLATFORM, "ts": "1.000001"}, "message_not_found"),
        ("chat.getPermalink", {"channel": PLATFORM, "message_ts": "1.0"}, "message_not_found"),
        ("views.open", {"view": modal(), "trigger_id": "1.2.3"}, "invalid_trigger_id"),
        ("views.open", {"view": modal()}, "invalid_arguments"),
        ("views.update", {"view": modal(), "view_id": "V0NONE"}, "not_found"),
        ("views.publish", {"user_id": TOM, "view": modal()}, "invalid_arguments"),
        ("views.open", {"trigger_id": "1.2.3"}, "invalid_arguments"),
        ("api.test", {"error": "my_error"}, "my_error"),
    ],
)
async def test_slack_s_refusals(
    it: Lab, method: str, arguments: dict[str, object], error: str
) -> None:
    """Each mistake gets the error that Slack's page for the method names."""
    assert error == (await refusal(it.slack.api_call(method, json=arguments)))["error"]


async def test_an_address_finds_its_member_whatever_its_case(it: Lab) -> None:
    """The home team's person is found, not the stranger with the same address."""
    found = await it.slack.users_lookupByEmail(email="TOM@lumen-goods.example")

    assert found["user"]["id"] == TOM


async def test_members_come_in_pages(it: Lab) -> None:
    """A cursor leads through all the members, once each."""
    first = await it.slack.conversations_members(channel=PLATFORM, limit=10)
    cursor = first["response_metadata"]["next_cursor"]
    second = await it.slack.conversations_members(channel=PLATFORM, limit=10, cursor=cursor)

    everybody = [*first["members"], *second["members"]]
    assert len(first["members"]) == 10
    assert second["response_metadata"]["next_cursor"] == ""
    assert len(set(everybody)) == len(everybody)


async def test_nobody_is_in_a_user_group(it: Lab) -> None:
    """The list is there, and empty."""
    assert (await it.slack.usergroups_users_list(usergroup="S0ONCALL"))["users"] == []


async def test_hash_conflicts_and_the_home_tab(it: Lab) -> None:
    """A Home tab is published for one person, and not over a newer one."""
    home = {"type": "home", "blocks": [section()]}
    first = await it.slack.views_publish(user_id=ADA, view=home)
    await it.slack.views_publish(user_id=ADA, view=home, hash=first["view"]["hash"])
    stale = it.slack.views_publish(user_id=ADA, view=home, hash=first["view"]["hash"])

    assert (await refusal(stale))["error"] == "hash_conflict"
    assert (await it.look("screen", user=ADA))["home"]["type"] == "home"
