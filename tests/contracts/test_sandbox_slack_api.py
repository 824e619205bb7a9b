from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.config import DEFAULT_SCOPES
from sandbox.slack.webapi.documents import document
from sandbox.slack.webapi.endpoint import METHODS
from tests.contracts.slack_twin import (
    ADA,
    ALL_SCOPES,
    GENERAL,
    IVO,
    OTTO,
    PLATFORM,
    TOM,
    ZOE,
    Lab,
    lab,
    link,
    modal,
    refusal,
    section,
    until,
)


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


async def test_a_direct_conversation_is_for_one_person(it: Lab) -> None:
    """What the bot posts there only that person reads."""
    channel = (await it.slack.conversations_open(users=[IVO]))["channel"]["id"]
    await it.slack.chat_postMessage(channel=channel, text="between us")

    assert await it.texts(IVO, channel) == ["between us"]
    assert await it.look("screen", user=TOM, channel=channel) == {
        "error": "not a member of that channel"
    }


async def test_a_post_to_a_person_lands_in_their_conversation(it: Lab) -> None:
    """chat.postMessage takes a user's id as a channel."""
    answer = await it.slack.chat_postMessage(channel=IVO, text="hello")

    assert await it.texts(IVO, answer["channel"]) == ["hello"]


async def test_a_channel_takes_one_message_per_second() -> None:
    """The second is refused with 429 and Retry-After; another channel is free."""
    async with lab(post_interval=1.0) as it:
        await it.slack.chat_postMessage(channel=PLATFORM, text="one")
        with pytest.raises(SlackApiError) as caught:
            await it.slack.chat_postMessage(channel=PLATFORM, text="two")
        await it.slack.chat_postMessage(channel="C0APPROVE", text="elsewhere")
        it.clock.now += 1.0
        await it.slack.chat_postMessage(channel=PLATFORM, text="three")

    response = caught.value.response
    assert (
        response.status_code,
        response["error"],
        response.headers["Retry-After"],
    ) == (429, "ratelimited", "1")


async def test_an_update_replaces_text_and_blocks(it: Lab) -> None:
    """A text alone takes the blocks away and marks the message as edited."""
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


async def test_an_update_is_shorter_than_a_post(it: Lab) -> None:
    """chat.update stops at 4000 characters."""
    posted = await it.slack.chat_postMessage(channel=PLATFORM, text="a")
    too_long = it.slack.chat_update(channel=PLATFORM, ts=posted["ts"], text="x" * 4001)

    assert (await refusal(too_long))["error"] == "msg_too_long"


async def test_the_bot_changes_only_its_own_messages(it: Lab) -> None:
    """A person's words stay."""
    said = await it.act("message", user=TOM, channel=PLATFORM, text="mine")
    changing = it.slack.chat_update(channel=PLATFORM, ts=said["ts"], text="no")
    deleting = it.slack.chat_delete(channel=PLATFORM, ts=said["ts"])

    assert (await refusal(changing))["error"] == "cant_update_message"
    assert (await refusal(deleting))["error"] == "cant_delete_message"
    assert await it.texts() == ["mine"]


async def test_a_deleted_message_is_gone_and_a_permalink_points_at_one(it: Lab) -> None:
    """A link names channel and time; after a deletion the screen is empty."""
    posted = await it.slack.chat_postMessage(channel=PLATFORM, text="a")
    found = await it.slack.chat_getPermalink(channel=PLATFORM, message_ts=posted["ts"])
    await it.slack.chat_delete(channel=PLATFORM, ts=posted["ts"])

    assert found["permalink"].endswith(f"{PLATFORM}/p{posted['ts'].replace('.', '')}")
    assert await it.texts() == []


async def test_threads_hold_replies(it: Lab) -> None:
    """A reply stands under its message; nobody replies to a reply."""
    root = await it.slack.chat_postMessage(channel=PLATFORM, text="a")
    reply = await it.slack.chat_postMessage(channel=PLATFORM, text="b", thread_ts=root["ts"])
    nested = it.slack.chat_postMessage(channel=PLATFORM, text="c", thread_ts=reply["ts"])

    assert [None, root["ts"]] == [m.get("thread_ts") for m in await it.messages()]
    assert (await refusal(nested))["error"] == "cannot_reply_to_message"


async def test_nobody_is_in_a_user_group(it: Lab) -> None:
    """The list is there, and empty."""
    assert (await it.slack.usergroups_users_list(usergroup="S0ONCALL"))["users"] == []


async def test_everything_sent_is_in_the_outbox(it: Lab) -> None:
    """What was refused is there too: a leak is a leak."""
    await it.slack.chat_postMessage(channel=PLATFORM, text="fine")
    await refusal(it.slack.chat_postMessage(channel="C0NOWHERE", text="not fine"))

    outbox = (await it.look("outbox"))["outbox"]
    assert [(one["via"], one["channel"], one["body"]["text"]) for one in outbox] == [
        ("chat.postMessage", PLATFORM, "fine"),
        ("chat.postMessage", "C0NOWHERE", "not fine"),
    ]


async def test_links_are_opened_as_slack_opens_them(it: Lab) -> None:
    """HEAD and GET for every link, unless both unfurl flags are false."""
    page = f"{it.url}/nothing"
    await it.slack.chat_postMessage(
        channel=PLATFORM, text=f"see <{page}|here>", unfurl_links=False, unfurl_media=False
    )
    await it.slack.chat_postMessage(channel=PLATFORM, text=f"see {page}2", unfurl_links=False)

    async def opened() -> bool:
        visits = (await it.look("previews"))["visits"]
        return [(v["method"], v["status"]) for v in visits] == [("HEAD", 404), ("GET", 404)]

    await until(opened)
    assert {f"{page}2"} == {v["url"] for v in (await it.look("previews"))["visits"]}


async def test_a_paranoid_workspace_opens_every_link() -> None:
    """The flags do not help; a button's link counts as well."""
    async with lab(paranoid_unfurl=True) as it:
        page = f"{it.url}/secret"
        await it.slack.chat_postMessage(
            channel=PLATFORM,
            text="x",
            blocks=[section(accessory=link(page))],
            unfurl_links=False,
            unfurl_media=False,
        )

        async def opened() -> bool:
            return page in str(await it.look("previews"))

        await until(opened)


async def test_hash_conflicts_and_the_home_tab(it: Lab) -> None:
    """A Home tab is published for one person, and not over a newer one."""
    home = {"type": "home", "blocks": [section()]}
    first = await it.slack.views_publish(user_id=ADA, view=home)
    await it.slack.views_publish(user_id=ADA, view=home, hash=first["view"]["hash"])
    stale = it.slack.views_publish(user_id=ADA, view=home, hash=first["view"]["hash"])

    assert (await refusal(stale))["error"] == "hash_conflict"
    assert (await it.look("screen", user=ADA))["home"]["type"] == "home"
