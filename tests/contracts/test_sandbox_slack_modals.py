from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_blocks import actions, ask, button, modal, plain, section
from tests.contracts.slack_lab import (
    MIA,
    PLATFORM,
    TOM,
    Lab,
    Received,
    lab,
    sample,
    strange,
)


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def test_a_trigger_opens_a_modal_for_its_person(it: Lab) -> None:
    """Other people do not see it."""
    form = await it.command("open")
    await it.slack.views_open(trigger_id=form["trigger_id"], view=modal())

    assert (await it.look("screen", user=TOM))["modal"]["title"] == plain("Keys")
    assert (await it.look("screen", user=MIA))["modal"] is None


async def test_three_modals_can_be_stacked(it: Lab) -> None:
    """Each has the ids of the one beneath and of the first."""
    views = [await it.modal(modal())]
    for _ in range(2):
        form = await it.command("push")
        pushed = await it.slack.views_push(trigger_id=form["trigger_id"], view=modal())
        views.append(pushed["view"])

    assert [v["previous_view_id"] for v in views] == [None, views[0]["id"], views[1]["id"]]
    assert {v["root_view_id"] for v in views} == {views[0]["id"]}


async def test_an_update_keeps_the_view_s_id(it: Lab) -> None:
    """Its content is new; the given hash is the current one."""
    view = await it.modal(modal(ask("why"), section()))
    await it.slack.views_update(view_id=view["id"], view=modal(ask("why")), hash=view["hash"])

    now = (await it.look("screen", user=TOM))["modal"]
    assert (now["id"], len(now["blocks"])) == (view["id"], 1)


async def test_an_external_id_finds_its_view(it: Lab) -> None:
    """Instead of the view's own."""
    await it.modal(modal(external_id="mine"))

    assert (await it.slack.views_update(external_id="mine", view=modal()))["ok"]


async def test_payloads_have_no_field_that_slack_lacks(it: Lab) -> None:
    """Compared, key by key, with the samples of the official Java SDK."""
    seen: dict[str, Received] = {}

    async def keep(received: Received) -> None:
        kind = "command" if "command" in received.form else received.payload["type"]
        seen[kind] = received

    it.bot.on_delivery = keep
    ts = await it.card(actions(button("go")))
    pointing = {"user": TOM, "channel": PLATFORM, "message_ts": ts}
    await it.act("click", **pointing, action_id="go")
    await it.act("shortcut", **pointing, callback_id="ask")
    await it.act("submit", user=TOM, view_id=(await it.modal(modal()))["id"])
    loud = await it.modal(modal(notify_on_close=True))
    await it.act("close", user=TOM, view_id=loud["id"])

    odd = {
        kind: strange(payload, sample(name))
        for kind, payload, name in (
            ("command", dict(seen["command"].form), "slash-commands__SlashCommandPayload"),
            (
                "click",
                seen["block_actions"].payload,
                "interactive-components__BlockActionPayload",
            ),
            (
                "shortcut",
                seen["message_action"].payload,
                "interactive-components__MessageShortcutPayload",
            ),
            ("submission", seen["view_submission"].payload, "views__ViewSubmissionPayload"),
            ("closing", seen["view_closed"].payload, "views__ViewClosedPayload"),
        )
    }
    assert odd == {
        "command": [],
        "click": [],
        "shortcut": ["/user/username", "/api_app_id"],  # in Slack's pages, not in the sample
        "submission": ["/view/blocks", "/response_urls"],  # likewise
        "closing": ["/view/blocks"],
    }
