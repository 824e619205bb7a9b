import time

import pytest

from sandbox.slack.blockkit.rules import blocks_problems, view_problems
from sandbox.slack.payload import Payload
from tests.contracts.slack_twin_blocks import (
    actions,
    ask,
    button,
    menu,
    modal,
    option,
    plain,
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


def full_menu() -> Payload:
    """A menu with as many options as there may be, each as long as it may be."""
    options = [
        {"text": plain("t" * 75), "value": f"{number:0150}", "description": plain("d" * 75)}
        for number in range(100)
    ]
    return menu("m") | {"options": options}


AT_THE_LIMIT = [
    section("x" * 3000),
    {"type": "section", "fields": [mrkdwn(2000)] * 10},
    header("x" * 150),
    context(10),
    actions(*(button(f"b{number}") for number in range(25))),
    actions(button(text=plain("x" * 75), value="v" * 2000, url="https://a.example/" + "u" * 2982)),
    actions(button("a" * 255), block_id="b" * 255),
    actions(full_menu()),
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


@pytest.mark.parametrize("block", AT_THE_LIMIT, ids=lambda block: str(block["type"]))
def test_what_just_fits_is_taken(block: Payload) -> None:
    """A block at Slack's limits has no problems."""
    assert blocks_problems([block]) == []


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

    assert time.process_time() - began < 0.05
