from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_twin import (
    MIA,
    PLATFORM,
    TOM,
    Lab,
    Received,
    lab,
    refusal,
    sample,
    strange,
)
from tests.contracts.slack_twin_blocks import actions, ask, button, modal, plain, section


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def test_a_trigger_opens_one_modal(it: Lab) -> None:
    """The second use is refused as exchanged."""
    form = await it.command("open")
    await it.slack.views_open(trigger_id=form["trigger_id"], view=modal())
    again = it.slack.views_open(trigger_id=form["trigger_id"], view=modal())

    assert (await refusal(again))["error"] == "exchanged_trigger_id"
    assert (await it.look("screen", user=TOM))["modal"]["title"] == plain("Keys")
    assert (await it.look("screen", user=MIA))["modal"] is None


async def test_a_trigger_lives_three_seconds(it: Lab) -> None:
    """Just within its life it works; after it, it is expired."""
    early, late = await it.command("open"), await it.command("open")
    it.clock.now += 3.0
    await it.slack.views_open(trigger_id=early["trigger_id"], view=modal())
    it.clock.now += 0.001
    opening = it.slack.views_open(trigger_id=late["trigger_id"], view=modal())

    assert (await refusal(opening))["error"] == "expired_trigger_id"


async def test_a_refused_view_does_not_spend_the_trigger(it: Lab) -> None:
    """A view with a fault can be mended and opened."""
    form = await it.command("open")
    bad = it.slack.views_open(trigger_id=form["trigger_id"], view=modal(title=plain("x" * 25)))

    assert (await refusal(bad))["error"] == "invalid_arguments"
    assert (await it.slack.views_open(trigger_id=form["trigger_id"], view=modal()))["ok"]
    assert await it.violations() == ["invalid_arguments"]


async def test_three_modals_can_be_stacked(it: Lab) -> None:
    """Each knows the one beneath and the first; a fourth is refused."""
    views = [await it.modal(modal())]
    for _ in range(2):
        form = await it.command("push")
        pushed = await it.slack.views_push(trigger_id=form["trigger_id"], view=modal())
        views.append(pushed["view"])
    form = await it.command("push")
    fourth = it.slack.views_push(trigger_id=form["trigger_id"], view=modal())

    assert (await refusal(fourth))["error"] == "push_limit_reached"
    assert [v["previous_view_id"] for v in views] == [None, views[0]["id"], views[1]["id"]]
    assert {v["root_view_id"] for v in views} == {views[0]["id"]}


async def test_an_update_needs_the_current_hash(it: Lab) -> None:
    """A stale hash is a conflict; the view keeps its id and what was typed."""
    view = await it.modal(modal(ask("why"), section()))
    same = {"view_id": view["id"], "view": modal(ask("why"))}
    await it.slack.views_update(**same, hash=view["hash"])
    stale = it.slack.views_update(**same, hash=view["hash"])

    assert (await refusal(stale))["error"] == "hash_conflict"
    now = (await it.look("screen", user=TOM))["modal"]
    assert (now["id"], len(now["blocks"])) == (view["id"], 1)


async def test_an_external_id_is_used_once(it: Lab) -> None:
    """Two open views cannot share one, and it finds its view."""
    await it.modal(modal(external_id="mine"))
    form = await it.command("open", MIA)
    twice = it.slack.views_open(trigger_id=form["trigger_id"], view=modal(external_id="mine"))

    assert (await refusal(twice))["error"] == "duplicate_external_id"
    assert (await it.slack.views_update(external_id="mine", view=modal()))["ok"]


async def test_payloads_have_no_field_that_slack_s_lack(it: Lab) -> None:
    """Compared, key by key, with the samples of the official Java SDK."""
    seen: dict[str, Received] = {}

    async def keep(received: Received) -> None:
        kind = "command" if "command" in received.form else received.payload["type"]
        seen[kind] = received

    it.bot.on_delivery = keep
    ts = await it.card(actions(button("go")))
    pointing = {"user": TOM, "channel": PLATFORM, "message_ts": ts}
    await it.act("click", **pointing, action_id="go")
    await it.act("shortcut", **pointing, callback_id="x")
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
