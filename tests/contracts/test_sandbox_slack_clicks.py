from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_blocks import actions, button, menu, modal, option, plain, section
from tests.contracts.slack_lab import ADA, MIA, OTTO, PLATFORM, TOM, Lab, lab


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def test_a_click_carries_its_whole_context(it: Lab) -> None:
    """The person, the channel, the message, and a response URL."""
    ts = await it.card(actions(button("approve", value="r1", style="primary"), block_id="b"))
    answer = await it.act(
        "click", user=ADA, channel=PLATFORM, message_ts=ts, block_id="b", action_id="approve"
    )
    payload = it.bot.last.payload

    assert answer["delivered"] == "ok"
    assert payload["user"] == {
        "id": ADA,
        "username": "ada",
        "name": "ada",
        "team_id": "T0LUMEN01",
    }
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": PLATFORM,
        "is_ephemeral": False,
    }
    assert payload["channel"] == {"id": PLATFORM, "name": "platform"}
    assert payload["message"]["ts"] == ts
    assert payload["state"] == {"values": {}}
    [action] = payload["actions"]
    assert action.pop("action_ts")
    assert action == {
        "action_id": "approve",
        "block_id": "b",
        "type": "button",
        "text": plain("Go"),
        "value": "r1",
        "style": "primary",
    }
    assert payload["response_url"].startswith(f"{it.url}/response/")
    assert (payload["enterprise"], payload["is_enterprise_install"]) == (None, False)


async def test_a_stranger_can_click_with_their_own_team(it: Lab) -> None:
    """In a shared channel a partner's click names their workspace."""
    blocks = [actions(button("approve"))]
    posted = await it.slack.chat_postMessage(channel="C0PARTNER", text="x", blocks=blocks)
    await it.act(
        "click", user=OTTO, channel="C0PARTNER", message_ts=posted["ts"], action_id="approve"
    )

    assert it.bot.last.payload["user"]["team_id"] == "T0PARTNER"
    assert it.bot.last.payload["team"]["id"] == "T0LUMEN01"


@pytest.mark.parametrize(
    ("pointing", "reason"),
    [
        ({"action_id": "gone"}, "no element 'gone' in block any"),
        ({"action_id": "go", "block_id": "other"}, "no element 'go' in block other"),
        ({"action_id": "pick", "value": "mauve"}, "no option 'mauve'"),
    ],
)
async def test_a_click_on_nothing_fails(it: Lab, pointing: dict[str, str], reason: str) -> None:
    """A test with a wrong target must fail."""
    ts = await it.card(actions(button("go"), menu("pick", "red")))
    answer = await it.act("click", user=TOM, channel=PLATFORM, message_ts=ts, **pointing)

    assert answer == {"error": reason}
    assert it.bot.received == []


async def test_only_those_who_see_a_message_click_it(it: Lab) -> None:
    """Other people do not see an ephemeral message, and non-members see nothing."""
    blocks = [actions(button("go"))]
    whisper = await it.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="x", blocks=blocks)
    pointing = {"channel": PLATFORM, "message_ts": whisper["message_ts"], "action_id": "go"}

    assert "error" in await it.act("click", user=MIA, **pointing)
    assert "error" in await it.act("click", user=OTTO, **pointing)
    assert (await it.act("click", user=TOM, **pointing))["delivered"] == "ok"


async def test_a_choice_in_a_message_is_kept_in_its_state(it: Lab) -> None:
    """A later click on a button reports what was chosen before."""
    ts = await it.card(actions(menu("pick", "red", "blue"), button("go"), block_id="b"))
    pointing = {"user": TOM, "channel": PLATFORM, "message_ts": ts}
    await it.act("click", **pointing, action_id="pick", value="blue")
    await it.act("click", **pointing, action_id="go")

    chosen = it.bot.last.payload["state"]["values"]["b"]["pick"]
    assert chosen == {"type": "static_select", "selected_option": option("blue")}


async def test_an_ephemeral_message_is_not_sent_back(it: Lab) -> None:
    """Its click names the message, but does not carry it."""
    it.bot.body = {"text": "menu", "blocks": [actions(button("go"))]}
    await it.command("")
    [message] = await it.messages()
    it.bot.body = ""
    await it.act("click", user=TOM, channel=PLATFORM, message_ts=message["ts"], action_id="go")

    assert "message" not in it.bot.last.payload
    assert it.bot.last.payload["container"]["is_ephemeral"]


async def test_a_failed_click_is_shown(it: Lab) -> None:
    """The person gets a notice."""
    ts = await it.card(actions(button("go")))
    it.bot.status = 500
    answer = await it.act("click", user=TOM, channel=PLATFORM, message_ts=ts, action_id="go")

    assert answer["delivered"] == "dispatch_failed"
    assert (await it.look("screen", user=TOM))["toasts"][0]["error"] == "dispatch_failed"


async def test_a_late_ack_of_a_click_is_shown() -> None:
    """After the deadline the person gets the same notice, whatever the bot answers then."""
    async with lab(ack_timeout=0.05) as it:
        ts = await it.card(actions(button("go")))
        it.bot.free.clear()
        answer = await it.act("click", user=TOM, channel=PLATFORM, message_ts=ts, action_id="go")
        [toast] = (await it.look("screen", user=TOM))["toasts"]

    assert (answer["delivered"], toast["error"]) == ("operation_timeout", "operation_timeout")


async def test_a_click_in_a_modal_carries_the_view(it: Lab) -> None:
    """It has no channel and no response URL, but the view with its state."""
    view = await it.modal(modal(section(accessory=menu("pick", "red"), block_id="b")))
    await it.act("click", user=TOM, view_id=view["id"], action_id="pick", value="red")
    payload = it.bot.last.payload

    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert payload["view"]["state"]["values"]["b"]["pick"]["selected_option"] == option("red")
    assert not payload.keys() & {"channel", "response_url", "message"}


async def test_shortcuts_come_from_anywhere_and_from_a_message(it: Lab) -> None:
    """A global one has no channel; a message's carries the message."""
    await it.act("shortcut", user=TOM, callback_id="ask")
    anywhere = it.bot.last.payload
    said = await it.act("message", user=MIA, channel=PLATFORM, text="help")
    pointing = {"channel": PLATFORM, "message_ts": said["ts"]}
    await it.act("shortcut", user=TOM, callback_id="ask", **pointing)
    on_message = it.bot.last.payload

    assert (anywhere["type"], "channel" in anywhere) == ("shortcut", False)
    assert (on_message["type"], on_message["message"]["text"]) == ("message_action", "help")
    assert (await it.slack.views_open(trigger_id=anywhere["trigger_id"], view=modal()))["ok"]
