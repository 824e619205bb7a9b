import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from sandbox.running import Ports, running
from sandbox.slack import manifest
from sandbox.slack.manifest import OURS, Command, Manifest, Shortcut
from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import actions, button
from tests.contracts.slack_lab import MANIFEST, PLATFORM, TOM, Lab, lab

SCHEMA = Path(__file__).parents[1] / "schemas" / "slack" / "manifest.schema.2.0.0.json"
FULL: Payload = {
    "display_information": {"name": "Example"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
        "bot_user": {"display_name": "Example"},
        "slash_commands": [
            {"command": "/one", "description": "One", "should_escape": True},
            {"command": "/two", "description": "Two"},
        ],
        "shortcuts": [
            {"name": "Ask", "type": "global", "callback_id": "ask", "description": "Anywhere"},
            {"name": "Look", "type": "message", "callback_id": "look", "description": "There"},
        ],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
    "settings": {
        "event_subscriptions": {
            "request_url": "https://bot.example/slack/events",
            "bot_events": ["app_home_opened", "message.im"],
        },
        "interactivity": {
            "is_enabled": True,
            "request_url": "https://bot.example/slack/events",
            "message_menu_options_url": "https://bot.example/slack/events",
        },
        "socket_mode_enabled": True,
    },
}
READ = Manifest(
    scopes=frozenset({"commands", "chat:write"}),
    commands=(Command("/one", should_escape=True), Command("/two", should_escape=False)),
    shortcuts=(
        Shortcut("Ask", "ask", "global", "Anywhere"),
        Shortcut("Look", "look", "message", "There"),
    ),
    events=frozenset({"app_home_opened", "message.im"}),
    interactive=True,
    suggests=True,
    socket_mode=True,
    home_tab=True,
    messages_tab=False,
)


def with_app(**parts: object) -> Manifest:
    """An app that differs from the tests' own."""
    return replace(MANIFEST, **parts)  # type: ignore[arg-type]  # the parts are named by tests


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump], ids=["JSON", "YAML"])
def test_a_manifest_is_read_in_either_form(tmp_path: Path, write: object) -> None:
    """Every part that the sandbox follows is read; the rest is ignored."""
    assert callable(write)
    file = tmp_path / "manifest"
    file.write_text(write(FULL))

    assert manifest.read(file) == READ


def test_missing_parts_are_off() -> None:
    """An empty manifest allows nothing, but has a Messages tab, as at Slack."""
    assert manifest.parse({}) == Manifest(messages_tab=True)


def test_a_file_that_holds_no_manifest_is_refused(tmp_path: Path) -> None:
    """A list is no manifest."""
    file = tmp_path / "manifest"
    file.write_text("- one")
    with pytest.raises(TypeError, match="holds no manifest"):
        manifest.read(file)


@pytest.mark.parametrize("document", [FULL, yaml.safe_load(OURS.read_text())], ids=["test", "ours"])
def test_slack_would_accept_the_manifest(document: Payload) -> None:
    """That of the tests and that of the bot, by Slack's schema."""
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))


async def test_the_sandbox_grants_the_scopes_of_our_manifest() -> None:
    """No more and no less, unless another file is given."""
    async with running(Ports()) as twins:
        assert twins.slack.manifest == manifest.read(OURS)


async def test_another_manifest_can_be_given(tmp_path: Path) -> None:
    """Its Socket Mode setting counts too."""
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(FULL))
    async with running(Ports(), manifest=file, speed=10) as twins:
        assert (twins.slack.manifest, twins.slack.command) == (READ, "/one")
        assert (twins.slack.socket_mode, twins.slack.speed) == (True, 10)


async def test_the_workspace_lists_the_shortcuts() -> None:
    """For the page's menus."""
    async with lab() as it:
        app = (await it.look("workspace"))["app"]

    assert app["shortcuts"][0] == {
        "name": "Ask for a key",
        "callback_id": "ask",
        "type": "global",
        "description": "From anywhere",
    }


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        ({"type": "app_home_opened"}, True),
        ({"type": "message", "channel_type": "im"}, True),
        ({"type": "message", "channel_type": "channel"}, False),
        ({"type": "message"}, False),
        ({"type": "tokens_revoked"}, False),
    ],
)
async def test_only_subscribed_events_are_delivered(event: Payload, heard: object) -> None:
    """A message's type depends on its conversation; with force, any event is delivered."""
    async with lab(manifest=with_app(events=READ.events)) as it:
        answer = await it.act("event", event=event)
        forced = await it.act("event", event=event, force=True)

    assert (answer["delivered"] == "ok") is heard
    assert answer["delivered"] in {"ok", "not_sent"}
    assert forced["delivered"] == "ok"


async def test_an_app_without_app_home_opened_gets_no_event() -> None:
    """Opening the tab delivers nothing."""
    async with lab(manifest=with_app(events=frozenset())) as it:
        assert (await it.act("home", user=TOM))["delivered"] == "not_sent"
        assert (await it.act("home", user=TOM, force=True))["delivered"] == "ok"


@pytest.fixture(name="bare")
def without_anything() -> Manifest:
    """An app with a command that does not escape, and nothing else."""
    return Manifest(scopes=MANIFEST.scopes, commands=(Command("/cld", should_escape=False),))


async def test_an_unknown_shortcut_is_refused() -> None:
    """So is one of the other kind; with force both are delivered."""
    async with lab(manifest=with_app(shortcuts=READ.shortcuts)) as it:
        said = await it.act("message", user=TOM, channel=PLATFORM, text="x")
        on_it = {"user": TOM, "channel": PLATFORM, "message_ts": said["ts"]}
        nothing = await it.act("shortcut", user=TOM, callback_id="nothing")
        other = await it.act("shortcut", **on_it, callback_id="ask")
        right = await it.act("shortcut", **on_it, callback_id="look")
        forced = await it.act("shortcut", user=TOM, callback_id="nothing", force=True)

    assert nothing == {"error": "the app has no global shortcut 'nothing'"}
    assert other == {"error": "the app has no message shortcut 'ask'"}
    assert (right["delivered"], forced["delivered"]) == ("ok", "ok")


async def typed(it: Lab, **more: object) -> Payload:
    """Type a command whose text would be escaped."""
    return await it.act("command", user=TOM, channel=PLATFORM, text="link @ada <x>", **more)


async def test_an_unknown_command_is_refused() -> None:
    """With force it is delivered."""
    async with lab() as it:
        assert await typed(it, command="/dlc") == {"error": "the app has no command '/dlc'"}
        assert (await typed(it, command="/dlc", force=True))["delivered"] == "ok"


async def test_without_should_escape_mentions_arrive_as_typed(bare: Manifest) -> None:
    """They have no id to rely on."""
    async with lab(manifest=bare) as it:
        await typed(it)

        assert it.bot.last.form["text"] == "link @ada &lt;x&gt;"


async def test_without_interactivity_nothing_is_clicked(bare: Manifest) -> None:
    """The person gets a notice that the app accepts no interactions."""
    async with lab(manifest=bare) as it:
        ts = await it.card(actions(button("go")))
        clicking = {"user": TOM, "channel": PLATFORM, "message_ts": ts, "action_id": "go"}
        answer = await it.act("click", **clicking)
        toast = (await it.look("screen", user=TOM))["toasts"][0]

        assert (answer["delivered"], it.bot.received) == ("not_sent", [])
        assert "not configured to handle interactive responses" in toast["text"]


async def test_without_a_url_for_options_none_are_suggested() -> None:
    """Over HTTP; a socket needs no URL."""
    menu = {"type": "external_select", "action_id": "key", "min_query_length": 0}
    for socket_mode, delivered in ((False, "not_sent"), (True, "dispatch_failed")):
        async with lab(manifest=with_app(suggests=False), socket_mode=socket_mode) as it:
            posted = await it.card(actions(menu))
            asking = {"user": TOM, "channel": PLATFORM, "message_ts": posted, "value": ""}
            answer = await it.act("suggest", **asking, action_id="key")

            assert answer["delivered"] == delivered
