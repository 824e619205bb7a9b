"""Derives the Slack app's other forms from `slack/manifest.yaml`.

`python -m tests.rooms.slack_app` writes `slack/manifest.json` and prints the one-click link. Both
are for Socket Mode: Slack then needs no address that it could verify before the bot runs.
"""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import yaml

ROOT: Final = Path(__file__).parents[2]
CREATE: Final = "https://api.slack.com/apps?new_app=1&manifest_json="


def socket_mode() -> dict[str, Any]:
    """Give the shipped manifest for Socket Mode: the same without addresses."""
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "slack/manifest.yaml").read_text())
    for command in manifest["features"]["slash_commands"]:
        del command["url"]
    for part in ("event_subscriptions", "interactivity"):
        del manifest["settings"][part]["request_url"]
    del manifest["settings"]["interactivity"]["message_menu_options_url"]
    del manifest["oauth_config"]["redirect_urls"]
    manifest["settings"]["socket_mode_enabled"] = True
    return manifest


def link() -> str:
    """Give the address that opens Slack's page for a new app, with the manifest filled in."""
    text = json.dumps(socket_mode(), ensure_ascii=False, separators=(",", ":"))
    return CREATE + quote(text, safe="")


if __name__ == "__main__":
    written = json.dumps(socket_mode(), ensure_ascii=False, indent=2) + "\n"
    (ROOT / "slack/manifest.json").write_text(written)
    print(link())  # noqa: T201
