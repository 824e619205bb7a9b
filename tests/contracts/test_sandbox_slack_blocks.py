import json
import time
from collections.abc import AsyncIterator

import pytest

from sandbox.slack.blockkit.rules import blocks_problems, view_problems
from sandbox.slack.payload import Payload
from tests.contracts.slack_twin import (
    PLATFORM,
    TOM,
    Lab,
    actions,
    ask,
    button,
    lab,
    menu,
    modal,
    option,
    plain,
    refusal,
    section,
)

CONFIRM = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}


def mrkdwn(length: int) -> Payload:
    """A text object of a length."""
    return {"type": "mrkdwn", "text": "x" * length}


def header(text: str) -> Payload:
    """A header block."""
    return {"type": "header", "text": plain(text)}


def confirming(**parts: Payload) -> Payload:
    """A block whose button asks first."""
    return actions(button(confirm=CONFIRM | parts))


def context(count: int) -> Payload:
    """A context block of so many texts."""
    return {"type": "context", "elements": [mrkdwn(1)] * count}


def checkboxes(count: int) -> Payload:
    """A group of so many boxes."""
    boxes = [option(f"v{number}") for number in range(count)]
    return {"type": "checkboxes", "action_id": "c", "options": boxes}


AT_THE_LIMIT = [
    section("x" * 3000),
    {"type": "section", "fields": [mrkdwn(2000)] * 10},
    header("x" * 150),
    context(10),
    actions(*(button(f"b{number}") for number in range(25))),
    actions(button(text=plain("x" * 75), value="v" * 2000, url="https://a.example/" + "u" * 2982)),
    actions(button("a" * 255), block_id="b" * 255),
    actions(menu("m", *("v" * 147 + f"{number:03}" for number in range(100)))) | {},
    confirming(title=plain("x" * 100), text=plain("x" * 300), deny=plain("x" * 30)),
    actions(checkboxes(10)),
    {"type": "divider"},
    {"type": "markdown", "text": "x" * 12_000},
    {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "x" * 2000},
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "hello"}]}
        ],
    },
]


def short_menu(block: Payload) -> Payload:
    """Shorten option texts, which follow from long values in these samples."""
    for element in block.get("elements", []):
        for held in element.get("options", []):
            held["text"] = plain(held["text"]["text"][:75])
    return block


@pytest.mark.parametrize("block", AT_THE_LIMIT, ids=lambda block: str(block["type"]))
def test_what_just_fits_is_taken(block: Payload) -> None:
    """A block at Slack's limits has no problems."""
    assert blocks_problems([short_menu(block)]) == []


BEYOND = [
    (section("x" * 3001), "must be less than 3001 characters", "/blocks/0/text"),
    (section(""), "must be more than 0 characters", "/blocks/0/text"),
    (
        {"type": "section", "fields": [mrkdwn(2001)]},
        "must be less than 2001 characters",
        "/blocks/0/fields/0/text",
    ),
    (
        {"type": "section", "fields": [mrkdwn(1)] * 11},
        "no more than 10 items allowed",
        "/blocks/0/fields",
    ),
    ({"type": "section"}, "missing required field: text or fields", "/blocks/0"),
    (header("x" * 151), "must be less than 151 characters", "/blocks/0/text"),
    (context(11), "no more than 10 items allowed", "/blocks/0/elements"),
    (actions(), "must have at least 1 item", "/blocks/0/elements"),
    (
        actions(*(button(f"b{number}") for number in range(26))),
        "no more than 25 items allowed",
        "/blocks/0/elements",
    ),
    (
        actions(button(text=plain("x" * 76))),
        "must be less than 76 characters",
        "/blocks/0/elements/0/text",
    ),
    (
        actions(button(value="x" * 2001)),
        "must be less than 2001 characters",
        "/blocks/0/elements/0/value",
    ),
    (
        actions(button("a" * 256)),
        "must be less than 256 characters",
        "/blocks/0/elements/0/action_id",
    ),
    (section(block_id="b" * 256), "must be less than 256 characters", "/blocks/0/block_id"),
    (actions(button("a"), button("a")), "action_id `a` already exists", "/blocks/0"),
    (
        actions(menu("m", *map(str, range(101)))),
        "no more than 100 items allowed",
        "/blocks/0/elements/0/options",
    ),
    (
        actions(menu("m", "v" * 76)),
        "must be less than 76 characters",
        "/blocks/0/elements/0/options/0/text",
    ),
    (
        actions(menu("m") | {"options": [{"text": plain("x"), "value": "v" * 151}]}),
        "must be less than 151 characters",
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        actions({"type": "static_select", "action_id": "m"}),
        "missing required field: options or option_groups",
        "/blocks/0",
    ),
    (actions(checkboxes(11)), "no more than 10 items allowed", "/blocks/0/elements/0/options"),
    (
        confirming(title=plain("x" * 101)),
        "must be less than 101 characters",
        "/blocks/0/elements/0/confirm/title",
    ),
    (
        confirming(text=plain("x" * 301)),
        "must be less than 301 characters",
        "/blocks/0/elements/0/confirm/text",
    ),
    (
        confirming(confirm=plain("x" * 31)),
        "must be less than 31 characters",
        "/blocks/0/elements/0/confirm/confirm",
    ),
    ({"type": "marquee"}, "unsupported type: marquee", "/blocks/0"),
    ("text", "unsupported type: None", "/blocks/0"),
    (
        actions(button(style="loud")),
        "'loud' is not one of ['primary', 'danger']",
        "/blocks/0/elements/0/style",
    ),
    (
        actions(button(text={"type": "mrkdwn", "text": "x"})),
        "'plain_text' was expected",
        "/blocks/0/elements/0/text/type",
    ),
    (
        section(colour="red"),
        "Additional properties are not allowed ('colour' was unexpected)",
        "/blocks/0",
    ),
    (
        section(accessory={"type": "plain_text_input", "action_id": "t"}),
        "unsupported type: plain_text_input",
        "/blocks/0/accessory",
    ),
]


@pytest.mark.parametrize(("block", "what", "where"), BEYOND)
def test_one_too_many_is_refused_by_name_and_place(block: Payload, what: str, where: str) -> None:
    """A problem says what is wrong and where, as Slack's own messages do."""
    assert [str(one) for one in blocks_problems([block])] == [
        f"[ERROR] {what} [json-pointer:{where}]"
    ]


@pytest.mark.parametrize(
    ("blocks", "what"),
    [
        ([section()] * 51, "no more than 50 items allowed"),
        ([section(block_id="b")] * 2, "block_id `b` already exists"),
        ([{"type": "markdown", "text": "x" * 6001}] * 2, "markdown blocks exceed 12000 characters"),
        ("[]", "must be an array of blocks"),
    ],
)
def test_blocks_have_limits_together(blocks: object, what: str) -> None:
    """Counts, sums and ids are looked at over the whole message."""
    assert [one.what for one in blocks_problems(blocks)] == [what]


@pytest.mark.parametrize(
    ("view", "what"),
    [
        (modal(title=plain("x" * 25)), "must be less than 25 characters"),
        (modal(submit=plain("x" * 25)), "must be less than 25 characters"),
        (modal(close=plain("x" * 25)), "must be less than 25 characters"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters"),
        (modal(callback_id="x" * 256), "must be less than 256 characters"),
        (modal(*[section()] * 101), "no more than 100 items allowed"),
        (modal(colour="red"), "Additional properties are not allowed ('colour' was unexpected)"),
        ({"type": "modal", "blocks": []}, "'title' is a required property"),
        (
            {"type": "modal", "title": plain("x"), "blocks": [ask("b")]},
            "missing required field: submit",
        ),
        ({"type": "home", "blocks": [{"type": "marquee"}]}, "unsupported type: marquee"),
        ({"type": "window", "blocks": []}, "unsupported type: window"),
    ],
)
def test_views_have_limits(view: Payload, what: str) -> None:
    """Modals and Home tabs are checked like messages, and for what is their own."""
    assert [one.what for one in view_problems(view)] == [what]


def test_a_view_may_hold_a_hundred_blocks() -> None:
    """A full modal with an input and a submit button is fine."""
    assert view_problems(modal(ask("b"), *[section()] * 99)) == []


def test_a_check_takes_milliseconds() -> None:
    """Twenty blocks with buttons that ask first are checked well within a deadline's hundredth."""
    blocks = [section(accessory=button(confirm=CONFIRM)) for _ in range(20)]
    blocks_problems(blocks)  # reads the schemas
    began = time.process_time()
    blocks_problems(blocks)

    assert time.process_time() - began < 0.03


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def test_bad_blocks_are_refused_wherever_they_are_sent(it: Lab) -> None:
    """The Web API answers invalid_blocks with the reasons, and notes each."""
    bad = [section("x" * 3001)]
    posting = it.slack.chat_postMessage(channel=PLATFORM, text="x", blocks=bad)
    whispering = it.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="x", blocks=bad)
    posted = await it.slack.chat_postMessage(channel=PLATFORM, text="x")
    changing = it.slack.chat_update(channel=PLATFORM, ts=posted["ts"], text="x", blocks=bad)
    for call in (posting, whispering, changing):
        body = await refusal(call)
        assert body["error"] == "invalid_blocks"
        assert body["response_metadata"]["messages"] == [
            "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text]"
        ]
    assert await it.violations() == ["invalid_blocks"] * 3


async def test_blocks_that_are_not_json_have_their_own_error(it: Lab) -> None:
    """A form carries blocks as JSON; what is none is refused."""
    form = {"channel": PLATFORM, "text": "x", "blocks": "[{"}
    bearer = {"Authorization": f"Bearer {it.config.bot_token}"}
    async with it.session.post(
        f"{it.url}/api/chat.postMessage", data=form, headers=bearer
    ) as answer:
        assert (await answer.json())["error"] == "invalid_blocks_format"


async def test_blocks_in_a_form_are_read(it: Lab) -> None:
    """JSON in a form's field is the same as JSON in a body."""
    form = {"channel": PLATFORM, "text": "x", "blocks": json.dumps([section("formed")])}
    bearer = {"Authorization": f"Bearer {it.config.bot_token}"}
    async with it.session.post(
        f"{it.url}/api/chat.postMessage", data=form, headers=bearer
    ) as answer:
        assert (await answer.json())["message"]["blocks"][0]["text"]["text"] == "formed"


async def test_blocks_without_a_text_are_taken_and_noted(it: Lab) -> None:
    """Slack takes them, but a screen reader has nothing to read."""
    await it.slack.api_call("chat.postMessage", json={"channel": PLATFORM, "blocks": [section()]})

    assert await it.violations() == ["missing_text"]


async def test_ids_that_were_left_out_are_filled_in(it: Lab) -> None:
    """Blocks and elements get ids, so that they can be clicked."""
    nameless = {"type": "button", "text": plain("Go")}
    await it.slack.chat_postMessage(channel=PLATFORM, text="x", blocks=[actions(nameless)])
    [message] = await it.messages()

    [block] = message["blocks"]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]
