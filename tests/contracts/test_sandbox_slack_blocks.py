import time

import pytest

from sandbox.slack.blockkit.rules import blocks_problems, view_problems
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
    home,
    menu,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    table,
)


def full_menu() -> Payload:
    """A menu with the most options, each of the greatest length."""
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
    buttons(25),
    actions(button(text=plain("x" * 75), value="v" * 2000, url="https://a.example/" + "u" * 2982)),
    actions(button("a" * 255), block_id="b" * 255),
    actions(full_menu()),
    actions(groups(100, "x" * 75)),
    actions(menu("m", "a", "b", initial_option=option("b"), focus_on_load=True)),
    confirming(title=plain("x" * 100), text=plain("x" * 300), deny=plain("x" * 30)),
    actions(checkboxes(10)),
    table(100, 20, column_settings=[{"align": "right", "is_wrapped": True}] * 20),
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
def test_a_block_at_the_limits_is_accepted(block: Payload) -> None:
    """A block at Slack's limits has no problems."""
    assert blocks_problems([block]) == []


def test_fifty_blocks_fit_into_a_message() -> None:
    """Elements of two blocks may have the same id."""
    assert blocks_problems([actions(button("same"))] * 50) == []


@pytest.mark.parametrize(
    "view",
    [
        modal(ask("b"), *[section()] * 99),
        modal(title=plain("x" * 24), submit=plain("x" * 24), close=plain("x" * 24)),
        modal(private_metadata="x" * 3000, callback_id="x" * 255),
        home(*[section()] * 100),
    ],
)
def test_a_view_may_be_as_large_as_the_limits(view: Payload) -> None:
    """A full modal with an input and a submit button is fine, and so is a full Home."""
    assert view_problems(view) == []


def test_a_check_takes_milliseconds() -> None:
    """Twenty blocks with confirming buttons take less than a hundredth of the deadline."""
    blocks = [confirming() for _ in range(20)]
    blocks_problems(blocks)  # reads the schemas
    began = time.process_time()
    blocks_problems(blocks)

    assert time.process_time() - began < 0.05
