from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError

from tests.contracts.slack_twin import ALL_SCOPES, IVO, PLATFORM, TOM, Lab, lab, refusal, until
from tests.contracts.slack_twin_blocks import link, section


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot has every scope that there is a use for."""
    async with lab(scopes=ALL_SCOPES) as running:
        yield running


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
