from collections.abc import AsyncIterator

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import actions, button, section
from tests.contracts.slack_lab import MIA, PLATFORM, TOM, Lab, lab, until


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def clicked(it: Lab) -> tuple[Payload, str]:
    """Post a public card, click its button, and give the payload and the card's ts."""
    posted = await it.slack.chat_postMessage(
        channel=PLATFORM, text="card", blocks=[actions(button("go"))]
    )
    ts: str = posted["ts"]
    await it.act("click", user=TOM, channel=PLATFORM, message_ts=ts, action_id="go")
    return it.bot.last.payload, ts


async def test_an_answer_is_for_one_person_by_default(it: Lab) -> None:
    """It is ephemeral, even in a channel where the bot is no member."""
    form = await it.command("help", channel="C0GENERAL")
    await it.respond(form["response_url"], text="for you")
    await it.respond(form["response_url"], text="for all", response_type="in_channel")

    assert await it.texts(TOM, "C0GENERAL") == ["for you", "for all"]
    assert await it.texts(MIA, "C0GENERAL") == ["for all"]


async def test_the_official_client_is_understood(it: Lab) -> None:
    """AsyncWebhookClient posts as Bolt's respond() does."""
    form = await it.command("help")
    client = AsyncWebhookClient(form["response_url"], session=it.session)
    answer = await client.send(
        text="hello", blocks=[section()], unfurl_links=False, unfurl_media=False
    )

    assert (answer.status_code, answer.body) == (200, "ok")
    assert await it.texts() == ["hello"]
    assert (await it.look("previews"))["visits"] == []


async def test_a_response_url_is_refused_the_sixth_time(it: Lab) -> None:
    """Five answers can be given."""
    form = await it.command("help")
    statuses = [(await it.respond(form["response_url"], text="x"))[0] for _ in range(6)]
    _, body = await it.respond(form["response_url"], text="x")

    assert statuses == [200] * 5 + [404]
    assert "used_url" in body


async def test_a_response_url_is_refused_after_half_an_hour(it: Lab) -> None:
    """Up to then it works."""
    form = await it.command("help")
    it.clock.now += 1800
    in_time, _ = await it.respond(form["response_url"], text="x")
    it.clock.now += 1
    late, body = await it.respond(form["response_url"], text="x")

    assert (in_time, late) == (200, 410)
    assert "expired_url" in body


async def test_a_made_up_response_url_is_refused(it: Lab) -> None:
    """The URL is a secret that cannot be guessed."""
    first, second = await it.command("help"), await it.command("help")
    status, _ = await it.respond(first["response_url"][:-1] + "~", text="x")

    assert first["response_url"] != second["response_url"]
    assert status == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"blocks": [{"type": "marquee"}], "text": "x"}, "invalid_blocks"),
        ({}, "no_text"),
        ({"text": "x", "colour": "red"}, "invalid_payload"),
        ({"text": "x", "response_type": "loud"}, "invalid_payload"),
        ({"text": 7}, "invalid_payload"),
        ({"text": "x", "delete_original": True}, "invalid_payload"),
        ({"response_type": "ephemeral", "delete_original": True}, "invalid_payload"),
        ({"text": "x" * 40_001}, "msg_too_long"),
    ],
)
async def test_an_invalid_answer_is_refused_as_a_violation(
    it: Lab, body: Payload, error: str
) -> None:
    """Slack would not show it."""
    form = await it.command("help")
    status, text = await it.respond(form["response_url"], **body)

    assert (status, await it.texts()) == (400, [])
    assert error in text
    assert await it.violations() == [error]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"text=x", "application/x-www-form-urlencoded"),
        (b'{"text": "x"}', "text/plain"),
        (b'{"text": ', "application/json"),
        (b'["x"]', "application/json"),
    ],
)
async def test_an_answer_that_is_no_json_object_is_refused(
    it: Lab, body: bytes, content_type: str
) -> None:
    """Such as a form, JSON with another content type, truncated JSON or a list."""
    form = await it.command("help")
    headers = {"Content-Type": content_type}
    async with it.session.post(form["response_url"], data=body, headers=headers) as answer:
        assert answer.status == 400
        assert "invalid_payload" in await answer.text()

    assert await it.texts() == []


async def test_a_card_can_be_replaced_and_deleted(it: Lab) -> None:
    """The clicked message changes for all members; it does not become ephemeral."""
    payload, ts = await clicked(it)
    await it.respond(payload["response_url"], text="decided", replace_original=True)
    [replaced] = await it.messages(MIA)
    await it.respond(payload["response_url"], delete_original=True)

    assert (replaced["ts"], replaced["text"], replaced["ephemeral"]) == (ts, "decided", False)
    assert await it.texts(MIA) == []


async def test_an_ephemeral_can_be_replaced_only_by_its_own_url(it: Lab) -> None:
    """chat.update does not reach it, its response URL does."""
    it.bot.body = {"text": "menu", "blocks": [actions(button("go"))]}
    await it.command("")
    it.bot.body = ""
    [menu] = await it.messages()
    await it.act("click", user=TOM, channel=PLATFORM, message_ts=menu["ts"], action_id="go")
    update = await it.session.post(
        f"{it.url}/api/chat.update",
        json={"channel": PLATFORM, "ts": menu["ts"], "text": "x"},
        headers={"Authorization": f"Bearer {it.config.bot_token}"},
    )
    await it.respond(it.bot.last.payload["response_url"], text="chosen", replace_original=True)

    assert (await update.json())["error"] == "message_not_found"
    assert await it.texts() == ["chosen"]


async def test_replacing_a_message_that_is_gone_shows_nothing(it: Lab) -> None:
    """After a reload there is no original any more."""
    it.bot.body = {"text": "menu", "blocks": [actions(button("go"))]}
    await it.command("")
    it.bot.body = ""
    [menu] = await it.messages()
    await it.act("click", user=TOM, channel=PLATFORM, message_ts=menu["ts"], action_id="go")
    await it.act("reload", user=TOM)
    status, _ = await it.respond(
        it.bot.last.payload["response_url"], text="chosen", replace_original=True
    )

    assert (status, await it.texts()) == (200, [])


async def test_an_answer_can_be_a_reply_in_a_thread(it: Lab) -> None:
    """thread_ts puts a public answer under the card."""
    payload, ts = await clicked(it)
    await it.respond(
        payload["response_url"],
        text="noted",
        response_type="in_channel",
        thread_ts=ts,
        replace_original=False,
    )

    assert [m.get("thread_ts") for m in await it.messages()] == [None, ts]


async def test_ephemerals_are_seen_by_one_and_gone_after_a_reload(it: Lab) -> None:
    """Public messages stay; another person's reload changes nothing."""
    await it.slack.chat_postMessage(channel=PLATFORM, text="public")
    await it.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="secretive")
    await it.act("reload", user=MIA)
    before, of_mia = await it.texts(TOM), await it.texts(MIA)
    await it.act("reload", user=TOM)

    assert (before, of_mia) == (["public", "secretive"], ["public"])
    assert await it.texts(TOM) == ["public"]


async def test_a_person_who_is_away_misses_an_ephemeral_message(it: Lab) -> None:
    """Slack answers ok, but never shows it."""
    await it.act("person", id=TOM, away=True)
    answer = await it.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="x")
    await it.act("person", id=TOM, away=False)

    assert answer["ok"]
    assert await it.texts(TOM) == []


async def test_an_ephemeral_in_an_idle_thread_is_not_seen(it: Lab) -> None:
    """Only a thread with replies shows one."""
    root = await it.slack.chat_postMessage(channel=PLATFORM, text="a")
    whisper = {"channel": PLATFORM, "user": TOM, "thread_ts": root["ts"]}
    await it.slack.chat_postEphemeral(**whisper, text="lost")
    await it.slack.chat_postMessage(channel=PLATFORM, text="b", thread_ts=root["ts"])
    await it.slack.chat_postEphemeral(**whisper, text="seen")

    assert await it.texts() == ["a", "b", "seen"]


async def test_an_answer_names_the_command_or_press_that_it_answers(it: Lab) -> None:
    """So a late answer to another one is told apart, as an ack, a message and in the outbox"""
    it.bot.body = {"text": "at once"}
    typed = await it.act("command", user=TOM, channel=PLATFORM, text="help")
    it.bot.body = ""
    _, ts = await clicked(it)
    press = await it.act("click", user=TOM, channel=PLATFORM, message_ts=ts, action_id="go")
    await it.respond(press["response_url"], text="later")

    urls = [typed["response_url"], "", press["response_url"]]
    assert len({*urls}) == 3
    assert urls == [message["response_url"] for message in await it.messages()]
    answers = [one for one in (await it.look("outbox"))["outbox"] if one["response_url"]]
    assert [("ack", urls[0]), ("response_url", urls[2])] == [
        (one["via"], one["response_url"]) for one in answers
    ]


async def test_answers_and_acks_are_in_the_outbox(it: Lab) -> None:
    """So one search finds a leak on any path."""
    it.bot.body = {"text": "by ack"}
    form = await it.command("help")
    await it.respond(form["response_url"], text="by url")

    outbox = (await it.look("outbox"))["outbox"]
    assert [(o["via"], o["user"], o["channel"], o["body"]["text"]) for o in outbox] == [
        ("ack", TOM, PLATFORM, "by ack"),
        ("response_url", TOM, PLATFORM, "by url"),
    ]


async def test_links_in_answers_are_opened_unless_forbidden(it: Lab) -> None:
    """The robot opens the links of an answer without both flags."""
    form = await it.command("help")
    await it.respond(form["response_url"], text=f"{it.url}/once")

    async def opened() -> bool:
        return len((await it.look("previews"))["visits"]) == 2

    await until(opened)
