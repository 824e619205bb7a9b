"""The app's manifest: what its token may do, and what of the app people find in Slack.

docs.slack.dev/reference/app-manifest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import yaml

from sandbox.slack.payload import Payload

OURS: Final = Path(__file__).parents[2] / "slack" / "manifest.yaml"
"""The manifest of the bot that this repository holds."""

# The channel types of message events, and how their subscriptions call them.
_SUBSCRIPTIONS = {"im": "im", "mpim": "mpim", "channel": "channels", "group": "groups"}


@dataclass(frozen=True)
class Command:
    """A slash command; without `should_escape` mentions and links arrive as typed."""

    name: str
    should_escape: bool = True


@dataclass(frozen=True)
class Shortcut:
    """A shortcut, of the search bar (global) or of a message's menu."""

    name: str
    callback_id: str
    type: Literal["global", "message"]
    description: str = ""


@dataclass(frozen=True)
class Manifest:
    """The part of a manifest that the sandbox obeys.

    `suggests` is whether there is an address to ask for a menu's options (Socket Mode needs none).
    """

    scopes: frozenset[str] = frozenset()
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    events: frozenset[str] = frozenset()
    interactive: bool = False
    suggests: bool = False
    socket_mode: bool = False
    home_tab: bool = False
    messages_tab: bool = True

    def command(self, name: str) -> Command | None:
        """The command that is called so."""
        return next((command for command in self.commands if command.name == name), None)

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        """The shortcut of that kind."""
        wanted = (callback_id, kind)
        return next((one for one in self.shortcuts if (one.callback_id, one.type) == wanted), None)

    def hears(self, event: Payload) -> bool:
        """Is the app subscribed to events like this one."""
        name = str(event.get("type", ""))
        suffix = _SUBSCRIPTIONS.get(str(event.get("channel_type", "")), "")
        return bool(self.events & {name, f"{name}.{suffix}"})


def read(file: Path) -> Manifest:
    """Read a manifest, YAML or JSON; raises `OSError`, `TypeError` or `yaml.YAMLError`."""
    document = yaml.safe_load(file.read_text())
    if not isinstance(document, dict):
        raise TypeError(f"{file} holds no manifest")
    return parse(document)


def parse(document: Payload) -> Manifest:
    """Give the manifest that a document describes; sections that are left out are empty."""
    features, settings = document.get("features", {}), document.get("settings", {})
    app_home = features.get("app_home", {})
    return Manifest(
        scopes=frozenset(document.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
        commands=tuple(map(_command, features.get("slash_commands", ()))),
        shortcuts=tuple(Shortcut(**about) for about in features.get("shortcuts", ())),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
        interactive=settings.get("interactivity", {}).get("is_enabled", False),
        suggests="message_menu_options_url" in settings.get("interactivity", {}),
        socket_mode=settings.get("socket_mode_enabled", False),
        home_tab=app_home.get("home_tab_enabled", False),
        messages_tab=app_home.get("messages_tab_enabled", True),
    )


def _command(about: Payload) -> Command:
    return Command(about["command"], about.get("should_escape", False))
