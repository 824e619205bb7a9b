from collections.abc import AsyncIterator

import pytest

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import (
    actions,
    ask,
    button,
    home,
    modal,
    plain,
    section,
)
from tests.contracts.slack_lab import ADA, MIA, TOM, ZOE, Lab, lab, refusal


def longer(than: int) -> str:
    """Slack's message about a text that is too long."""
    return f"must be less than {than + 1} characters"


# Refused modals, Slack's message, and the JSON pointer in it.
REFUSED: dict[str, tuple[Payload, str, str]] = {
    "101 blocks": (modal(*[section()] * 101), "no more than 100 items allowed", "/view/blocks"),
    "25 characters of title": (modal(title=plain("x" * 25)), longer(24), "/view/title"),
    "25 characters of submit": (modal(submit=plain("x" * 25)), longer(24), "/view/submit"),
    "25 characters of close": (modal(close=plain("x" * 25)), longer(24), "/view/close"),
    "3001 characters of private_metadata": (
        modal(private_metadata="x" * 3001),
        longer(3000),
        "/view/private_metadata",
    ),
    "256 characters of callback_id": (
        modal(callback_id="x" * 256),
        longer(255),
        "/view/callback_id",
    ),
    "256 characters of external_id": (
        modal(external_id="x" * 256),
        longer(255),
        "/view/external_id",
    ),
    "an input without submit": (
        {"type": "modal", "title": plain("x"), "blocks": [ask("b")]},
        "missing required field: submit",
        "/view",
    ),
    "a block_id twice": (
        modal(ask("b"), section(block_id="b")),
        "block_id `b` already exists",
        "/blocks",
    ),
    "an action_id twice in a block": (
        modal(actions(button("a"), button("a"))),
        "action_id `a` already exists",
        "/blocks/0",
    ),
    "no title": ({"type": "modal", "blocks": []}, "'title' is a required property", "/view"),
    "an unknown property": (
        modal(colour="red"),
        "Additional properties are not allowed ('colour' was unexpected)",
        "/view",
    ),
    "an unknown block": (
        modal({"type": "marquee"}),
        "unsupported type: marquee",
        "/view/blocks/0",
    ),
    "another type": ({"type": "window", "blocks": []}, "must be a modal", "/view/type"),
    "the type of a Home tab": (home(section()), "must be a modal", "/view/type"),
}


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


@pytest.mark.parametrize(("view", "what", "where"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_modal_is_refused_for(it: Lab, view: Payload, what: str, where: str) -> None:
    """The error names the fault and its place; it is a violation."""
    form = await it.command("open")
    body = await refusal(it.slack.views_open(trigger_id=form["trigger_id"], view=view))

    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == [f"[ERROR] {what} [json-pointer:{where}]"]
    assert (await it.look("screen", user=TOM))["modal"] is None
    assert await it.violations() == ["invalid_arguments"]


async def test_101_blocks_in_a_home_tab_are_refused(it: Lab) -> None:
    """A Home tab has a modal's limits."""
    body = await refusal(it.slack.views_publish(user_id=ADA, view=home(*[section()] * 101)))

    assert body["error"] == "invalid_arguments"
    assert "no more than 100 items allowed" in str(body["response_metadata"])


async def test_a_view_beyond_250_kilobytes_is_refused(it: Lab) -> None:
    """Each block alone is within the limits."""
    form = await it.command("open")
    large = modal(*[section("x" * 3000)] * 90)
    opening = it.slack.views_open(trigger_id=form["trigger_id"], view=large)

    assert (await refusal(opening))["error"] == "view_too_large"


async def test_a_fourth_modal_on_the_stack_is_refused(it: Lab) -> None:
    """Three are allowed, including the first."""
    await it.modal(modal())
    for _ in range(2):
        form = await it.command("push")
        await it.slack.views_push(trigger_id=form["trigger_id"], view=modal())
    form = await it.command("push")
    fourth = it.slack.views_push(trigger_id=form["trigger_id"], view=modal())

    assert (await refusal(fourth))["error"] == "push_limit_reached"


async def test_a_push_without_an_open_modal_is_refused(it: Lab) -> None:
    """There is no stack to push it on."""
    form = await it.command("push")
    pushing = it.slack.views_push(trigger_id=form["trigger_id"], view=modal())

    assert (await refusal(pushing))["error"] == "not_found"


async def test_a_stale_hash_is_refused_in_an_update(it: Lab) -> None:
    """The view has changed in the meantime."""
    view = await it.modal(modal())
    await it.slack.views_update(view_id=view["id"], view=modal(), hash=view["hash"])
    stale = it.slack.views_update(view_id=view["id"], view=modal(), hash=view["hash"])

    assert (await refusal(stale))["error"] == "hash_conflict"


async def test_a_stale_hash_is_refused_in_a_home_tab(it: Lab) -> None:
    """Likewise."""
    first = await it.slack.views_publish(user_id=ADA, view=home(section()))
    stale = first["view"]["hash"]
    await it.slack.views_publish(user_id=ADA, view=home(section()), hash=stale)
    again = it.slack.views_publish(user_id=ADA, view=home(section()), hash=stale)

    assert (await refusal(again))["error"] == "hash_conflict"


async def test_an_unknown_view_is_refused(it: Lab) -> None:
    """By either id."""
    by_id = it.slack.views_update(view_id="V0NONE", view=modal())
    by_external_id = it.slack.views_update(external_id="none", view=modal())

    assert (await refusal(by_id))["error"] == "not_found"
    assert (await refusal(by_external_id))["error"] == "not_found"


async def test_a_closed_view_is_refused(it: Lab) -> None:
    """It cannot be updated."""
    view = await it.modal(modal())
    await it.act("close", user=TOM, view_id=view["id"])
    updating = it.slack.views_update(view_id=view["id"], view=modal())

    assert (await refusal(updating))["error"] == "not_found"


async def test_an_external_id_in_use_is_refused_by_every_method(it: Lab) -> None:
    """On open, push, update and publish; its own view may keep it."""
    held = await it.modal(modal(external_id="mine"))
    other = await it.modal(modal(), MIA)
    twice = modal(external_id="mine")
    for call in (
        it.slack.views_open(trigger_id=(await it.command("x", MIA))["trigger_id"], view=twice),
        it.slack.views_push(trigger_id=(await it.command("x", MIA))["trigger_id"], view=twice),
        it.slack.views_update(view_id=other["id"], view=twice),
        it.slack.views_publish(user_id=ADA, view=home(external_id="mine")),
    ):
        assert (await refusal(call))["error"] == "duplicate_external_id"

    assert (await it.slack.views_update(view_id=held["id"], view=twice))["ok"]


@pytest.mark.parametrize("user", [ZOE, "U0NOBODY0"])
async def test_the_home_of_an_unknown_or_deactivated_person_is_refused(it: Lab, user: str) -> None:
    """They have no Home tab."""
    publishing = it.slack.views_publish(user_id=user, view=home(section()))

    assert (await refusal(publishing))["error"] == "user_not_found"


async def test_a_modal_as_a_home_tab_is_refused(it: Lab) -> None:
    """Its type is wrong."""
    publishing = it.slack.views_publish(user_id=ADA, view=modal())

    assert (await refusal(publishing))["error"] == "invalid_arguments"


async def test_a_missing_view_is_refused(it: Lab) -> None:
    """A trigger alone is not enough."""
    form = await it.command("open")
    arguments = {"trigger_id": form["trigger_id"]}
    opening = it.slack.api_call("views.open", json=arguments)

    assert (await refusal(opening))["error"] == "invalid_arguments"
