import json
from collections.abc import AsyncIterator

import pytest

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import (
    actions,
    ask,
    button,
    buttons,
    checkboxes,
    confirming,
    context,
    groups,
    header,
    menu,
    mrkdwn,
    option,
    plain,
    raw,
    section,
    table,
)
from tests.contracts.slack_lab import PLATFORM, TOM, Lab, lab, refusal

FIRST = "/blocks/0"
ELEMENT = f"{FIRST}/elements/0"


def longer(than: int) -> str:
    """Slack's message about a text that is too long."""
    return f"must be less than {than + 1} characters"


def more(than: int) -> str:
    """Slack's message about too many items."""
    return f"no more than {than} items allowed"


def markdown(length: int) -> Payload:
    """A block of Markdown."""
    return {"type": "markdown", "text": "x" * length}


# Refused blocks, Slack's message, and the JSON pointer in it.
REFUSED: dict[str, tuple[object, str, str]] = {
    "51 blocks": ([section()] * 51, more(50), "/blocks"),
    "a block_id twice": ([section(block_id="b")] * 2, "block_id `b` already exists", "/blocks"),
    "blocks that are no list": ({}, "must be an array of blocks", "/blocks"),
    "12001 characters of markdown together": (
        [markdown(6001), markdown(6000)],
        "markdown blocks exceed 12000 characters",
        "/blocks",
    ),
    "3001 characters of section": ([section("x" * 3001)], longer(3000), f"{FIRST}/text"),
    "no characters": ([section("")], "must be more than 0 characters", f"{FIRST}/text"),
    "a section of nothing": (
        [{"type": "section"}],
        "missing required field: text or fields",
        FIRST,
    ),
    "2001 characters of field": (
        [{"type": "section", "fields": [mrkdwn(2001)]}],
        longer(2000),
        f"{FIRST}/fields/0/text",
    ),
    "11 fields": ([{"type": "section", "fields": [mrkdwn(1)] * 11}], more(10), f"{FIRST}/fields"),
    "151 characters of header": ([header("x" * 151)], longer(150), f"{FIRST}/text"),
    "11 context elements": ([context(11)], more(10), f"{FIRST}/elements"),
    "26 elements in actions": ([buttons(26)], more(25), f"{FIRST}/elements"),
    "no elements in actions": ([actions()], "must have at least 1 item", f"{FIRST}/elements"),
    "76 characters of button": (
        [actions(button(text=plain("x" * 76)))],
        longer(75),
        f"{ELEMENT}/text",
    ),
    "2001 characters of value": (
        [actions(button(value="x" * 2001))],
        longer(2000),
        f"{ELEMENT}/value",
    ),
    "3001 characters of url": (
        [actions(button(url="https://a.example/" + "u" * 2983))],
        longer(3000),
        f"{ELEMENT}/url",
    ),
    "256 characters of action_id": (
        [actions(button("a" * 256))],
        longer(255),
        f"{ELEMENT}/action_id",
    ),
    "256 characters of block_id": ([section(block_id="b" * 256)], longer(255), f"{FIRST}/block_id"),
    "an action_id twice in a block": (
        [actions(button("a"), button("a"))],
        "action_id `a` already exists",
        FIRST,
    ),
    "101 options": (
        [actions(menu("m", *map(str, range(101))))],
        more(100),
        f"{ELEMENT}/options",
    ),
    "101 option groups": ([actions(groups(101))], more(100), f"{ELEMENT}/option_groups"),
    "76 characters of group label": (
        [actions(groups(1, "x" * 76))],
        longer(75),
        f"{ELEMENT}/option_groups/0/label",
    ),
    "76 characters of option": (
        [actions(menu("m", "v" * 76))],
        longer(75),
        f"{ELEMENT}/options/0/text",
    ),
    "151 characters of option value": (
        [actions(menu("m") | {"options": [{"text": plain("x"), "value": "v" * 151}]})],
        longer(150),
        f"{ELEMENT}/options/0/value",
    ),
    "76 characters of option description": (
        [actions(menu("m") | {"options": [option("v") | {"description": plain("x" * 76)}]})],
        longer(75),
        f"{ELEMENT}/options/0/description",
    ),
    "151 characters of placeholder": (
        [actions(menu("m", "v", placeholder=plain("x" * 151)))],
        longer(150),
        f"{ELEMENT}/placeholder",
    ),
    "a menu of nothing": (
        [actions({"type": "static_select", "action_id": "m"})],
        "missing required field: options or option_groups",
        FIRST,
    ),
    "a menu of options and groups": (
        [actions(menu("m", "v") | groups(1))],
        "options and option_groups exclude each other",
        FIRST,
    ),
    "an initial option that is not offered": (
        [actions(menu("m", "v", initial_option=option("w")))],
        "initial options must be among the options",
        FIRST,
    ),
    "an initial option that no group offers": (
        [actions(groups(1) | {"initial_option": option("w")})],
        "initial options must be among the options",
        FIRST,
    ),
    "two elements that want the focus": (
        [actions(menu("m", "v", focus_on_load=True), menu("n", "v", focus_on_load=True))],
        "only one element can have focus_on_load",
        "/blocks",
    ),
    "11 checkboxes": ([actions(checkboxes(11))], more(10), f"{ELEMENT}/options"),
    "101 characters of confirm title": (
        [confirming(title=plain("x" * 101))],
        longer(100),
        f"{ELEMENT}/confirm/title",
    ),
    "301 characters of confirm text": (
        [confirming(text=plain("x" * 301))],
        longer(300),
        f"{ELEMENT}/confirm/text",
    ),
    "31 characters of confirm confirm": (
        [confirming(confirm=plain("x" * 31))],
        longer(30),
        f"{ELEMENT}/confirm/confirm",
    ),
    "31 characters of confirm deny": (
        [confirming(deny=plain("x" * 31))],
        longer(30),
        f"{ELEMENT}/confirm/deny",
    ),
    "2001 characters of alt_text": (
        [{"type": "image", "image_url": "https://a.example/i.png", "alt_text": "x" * 2001}],
        longer(2000),
        f"{FIRST}/alt_text",
    ),
    "an unknown block": ([{"type": "marquee"}], "unsupported type: marquee", FIRST),
    "a block that is a string": (["text"], "unsupported type: None", FIRST),
    "a style that is none": (
        [actions(button(style="loud"))],
        "'loud' is not one of ['primary', 'danger']",
        f"{ELEMENT}/style",
    ),
    "mrkdwn in a button": (
        [actions(button(text=mrkdwn(1)))],
        "'plain_text' was expected",
        f"{ELEMENT}/text/type",
    ),
    "an unknown property": (
        [section(colour="red")],
        "Additional properties are not allowed ('colour' was unexpected)",
        FIRST,
    ),
    "101 rows": ([table(101)], more(100), f"{FIRST}/rows"),
    "no rows": ([table(0)], "must have at least 1 item", f"{FIRST}/rows"),
    "21 cells in a row": ([table(1, 21)], more(20), f"{FIRST}/rows/0"),
    "a row without cells": ([table(1, 0)], "must have at least 1 item", f"{FIRST}/rows/0"),
    "21 settings of columns": (
        [table(column_settings=[{}] * 21)],
        more(20),
        f"{FIRST}/column_settings",
    ),
    "an empty cell": (
        [{"type": "table", "rows": [[raw("")]]}],
        "must be more than 0 characters",
        f"{FIRST}/rows/0/0/text",
    ),
    "a cell of mrkdwn": (
        [{"type": "table", "rows": [[mrkdwn(1)]]}],
        "unsupported type: mrkdwn",
        f"{FIRST}/rows/0/0",
    ),
    "an alignment that is none": (
        [table(column_settings=[{"align": "top"}])],
        "'top' is not one of ['left', 'center', 'right']",
        f"{FIRST}/column_settings/0/align",
    ),
    "6 options of overflow": (
        [actions(menu("m", *"abcdef") | {"type": "overflow"})],
        more(5),
        f"{ELEMENT}/options",
    ),
    "a file": (
        [{"type": "file", "external_id": "x", "source": "remote"}],
        "file blocks are not supported in a message",
        FIRST,
    ),
    "a number input": (
        [ask("b", {"type": "number_input", "action_id": "n", "is_decimal_allowed": False})],
        "number_input is not supported in a message",
        FIRST,
    ),
    "a date that is none": (
        [actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-13-01"})],
        "initial_date must be YYYY-MM-DD",
        FIRST,
    ),
    "a time that is none": (
        [actions({"type": "timepicker", "action_id": "t", "initial_time": "24:00"})],
        "initial_time must be HH:mm",
        FIRST,
    ),
    "milliseconds as a moment": (
        [
            actions(
                {"type": "datetimepicker", "action_id": "d", "initial_date_time": 1_700_000_000_000}
            )
        ],
        "initial_date_time must be ten digits",
        FIRST,
    ),
    "3001 characters to type": (
        [ask("b", {"type": "plain_text_input", "action_id": "t", "max_length": 3001})],
        "max_length must be from 1 to 3000",
        FIRST,
    ),
    "no options chosen at first": (
        [actions(checkboxes(2) | {"initial_options": []})],
        "initial_options must have at least 1 item",
        FIRST,
    ),
    "an input as an accessory": (
        [section(accessory={"type": "plain_text_input", "action_id": "t"})],
        "unsupported type: plain_text_input",
        f"{FIRST}/accessory",
    ),
}


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


@pytest.mark.parametrize(("blocks", "what", "where"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_message_is_refused_for(it: Lab, blocks: object, what: str, where: str) -> None:
    """The error names the fault and its place, as Slack's does; it is a violation."""
    arguments = {"channel": PLATFORM, "text": "x", "blocks": blocks}
    body = await refusal(it.slack.api_call("chat.postMessage", json=arguments))

    assert body["error"] == "invalid_blocks"
    assert body["response_metadata"]["messages"] == [f"[ERROR] {what} [json-pointer:{where}]"]
    assert await it.texts() == []
    assert await it.violations() == ["invalid_blocks"]


async def test_bad_blocks_are_refused_wherever_they_are_sent(it: Lab) -> None:
    """The Web API answers invalid_blocks with the reasons, and logs each violation."""
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
    """A form carries blocks as JSON."""
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


async def test_blocks_without_a_text_are_accepted_as_a_violation(it: Lab) -> None:
    """Slack accepts them, but screen readers have nothing to read."""
    await it.slack.api_call("chat.postMessage", json={"channel": PLATFORM, "blocks": [section()]})

    assert await it.violations() == ["missing_text"]


async def test_missing_ids_are_filled_in(it: Lab) -> None:
    """Blocks and elements get ids, so that they can be clicked."""
    nameless = {"type": "button", "text": plain("Go")}
    await it.slack.chat_postMessage(channel=PLATFORM, text="x", blocks=[actions(nameless)])
    [message] = await it.messages()

    [block] = message["blocks"]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]


@pytest.mark.parametrize(
    "two",
    [
        {"blocks": [table(), table()]},
        {"blocks": [table()], "attachments": [{"blocks": [table()]}]},
    ],
    ids=["blocks", "attachments"],
)
async def test_a_message_has_one_table(it: Lab, two: Payload) -> None:
    """Its attachments included"""
    arguments = {"channel": PLATFORM, "text": "x", **two}
    body = await refusal(it.slack.api_call("chat.postMessage", json=arguments))

    assert body["error"] == "invalid_attachments"
    assert body["response_metadata"]["messages"] == ["[ERROR] only_one_table_allowed"]
    await it.slack.chat_postMessage(channel=PLATFORM, text="x", blocks=[table()])


@pytest.mark.parametrize("kind", ["modal", "home"])
@pytest.mark.parametrize("block", [table(), markdown(1)], ids=["table", "markdown"])
async def test_tables_and_markdown_are_for_messages(it: Lab, kind: str, block: Payload) -> None:
    """Modals and Home refuse them."""
    view = {"type": kind, "title": plain("Keys"), "blocks": [block]}
    if kind == "home":
        del view["title"]
        body = await refusal(it.slack.views_publish(user_id=TOM, view=view))
    else:
        body = await refusal(it.slack.views_open(trigger_id="1.1.x", view=view))
    (message,) = body["response_metadata"]["messages"]
    assert f"{block['type']} blocks are not supported in a {kind}" in message
