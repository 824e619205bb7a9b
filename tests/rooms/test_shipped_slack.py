"""The Slack app's forms: the manifest for HTTP, the one for Socket Mode, the link, `slack run`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import jsonschema

from tests.rooms.slack_app import link, socket_mode

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text()
SCHEMA: Final = ROOT / "tests/schemas/slack/manifest.schema.2.0.0.json"
HOOKS: Final = json.loads((ROOT / ".slack/hooks.json").read_text())["hooks"]
AGAIN: Final = "run `python -m tests.rooms.slack_app`"


def test_the_manifest_for_socket_mode_is_the_other_without_addresses() -> None:
    """Slack would accept it; no scope, event or shortcut differs."""
    written = json.loads((ROOT / "slack/manifest.json").read_text())
    assert written == socket_mode(), AGAIN
    jsonschema.validate(written, json.loads(SCHEMA.read_text()))
    assert written["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(written)


def test_the_readmes_link_creates_the_app_of_the_manifest() -> None:
    """The link carries the manifest for Socket Mode, which needs nothing filled in."""
    (found,) = re.findall(r"^\[create-app\]: (\S+)$", README, re.MULTILINE)
    assert found == link(), AGAIN
    assert "][create-app]" in README
    parts = urlsplit(found)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "api.slack.com", "/apps")
    query = parse_qs(parts.query)
    assert query["new_app"] == ["1"]
    assert json.loads(query["manifest_json"][0]) == socket_mode()


def test_the_slack_cli_finds_hooks_and_manifest() -> None:
    """The hooks of slack-cli-hooks answer, and find the manifest among all files."""
    assert HOOKS["get-hooks"] == "python3 -m slack_cli_hooks.hooks.get_hooks"
    for module, check in (("get_hooks", "hooks"), ("get_manifest", "display_information")):
        command = (sys.executable, "-m", f"slack_cli_hooks.hooks.{module}")
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout)
        assert check in answer
    assert answer == socket_mode()


def test_slack_run_starts_the_bot_with_the_clis_tokens(tmp_path: Path) -> None:
    """The CLI hands over both tokens under its own names, through a shell."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\necho "$SLACK_BOT_TOKEN $SLACK_APP_TOKEN $*"\n')
    python.chmod(0o700)
    tokens = {"SLACK_CLI_XOXB": "xoxb-1", "SLACK_CLI_XAPP": "xapp-1", "SLACK_BOT_TOKEN": "old"}
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **tokens}
    done = subprocess.run(
        ("/bin/sh", "-c", HOOKS["start"]), env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "xoxb-1 xapp-1 -m bot\n"


def test_slack_verifies_an_address_at_which_keysmith_answers_already() -> None:
    """HTTP mode: Keysmith starts before the app's settings get its address."""
    text = (ROOT / "docs/install.md").read_text()
    walk = text[text.index("## Slack: Socket Mode or HTTP") : text.index("## Slack CLI")]
    steps = [
        "SLACK_SIGNING_SECRET",
        "App Manifest",
        "slack/manifest.yaml",
        "Remove `SLACK_APP_TOKEN`",
    ]
    places = [walk.index(step) for step in steps]
    assert places == sorted(places)


def test_the_walk_names_what_it_needs_in_the_order_in_which_it_exists() -> None:
    """The tokens come from the installed app, and Slack asks for no address before the end."""
    walk = README[README.index("## Run it for your organisation") : README.index("| Variable |")]
    steps = [
        "create-app",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "connections:write",
        "APPROVALS_CHANNEL",
    ]
    steps += ["CLOUDINARY_ACCOUNT_URL", ".env.example", "PUBLIC_URL", "bot check", "/cld whoami"]
    places = [walk.index(step) for step in steps if step != "connections:write"]
    assert places == sorted(places)
    assert "connections:write" in walk
