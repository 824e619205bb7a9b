"""The app's manifest: its scopes, commands, shortcuts and events.

docs.slack.dev/reference/app-manifest.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import yaml

from sandbox.slack.payload import Payload

OURS: Final = Path(__file__).parents[2] / "slack" / "manifest.yaml"
"""The manifest of this repository's bot."""

# Channel types of message events, and their names in event subscriptions.
_SUBSCRIPTIONS = {"im": "im", "mpim": "mpim", "channel": "channels", "group": "groups"}


@dataclass(frozen=True)
class Command:
    """A slash command; without `should_escape`, mentions and links are delivered as typed."""

    name: str
    should_escape: bool = True


@dataclass(frozen=True)
class Shortcut:
    """A shortcut in the search bar (global) or in a message's menu."""

    name: str
    callback_id: str
    type: Literal["global", "message"]
    description: str = ""


@dataclass(frozen=True)
class Manifest:
    """The part of a manifest that the sandbox follows.

    `suggests` is whether the app has a URL to get a menu's options from (Socket Mode needs none).
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
        """The command with this name."""
        return next((command for command in self.commands if command.name == name), None)

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        """The shortcut of this kind (global or message)."""
        key = (callback_id, kind)
        return next((one for one in self.shortcuts if (one.callback_id, one.type) == key), None)

    def is_subscribed_to(self, event: Payload) -> bool:
        """Whether the app is subscribed to events of this type."""
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
    """Parse a manifest; missing sections are empty."""
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


def export(manifest: Manifest, request_url: str, redirects: tuple[str, ...] = ()) -> Payload:
    """Write the manifest as apps.manifest.export gives it; Socket Mode has no Request URLs."""
    url = {} if manifest.socket_mode else {"request_url": request_url}
    menus = {"message_menu_options_url": request_url} if url and manifest.suggests else {}
    command_url = {} if manifest.socket_mode else {"url": request_url}
    commands = [
        {"command": each.name, "should_escape": each.should_escape, **command_url}
        for each in manifest.commands
    ]
    return {
        "features": {
            "slash_commands": commands,
            "shortcuts": [asdict(it) for it in manifest.shortcuts],
        },
        "oauth_config": {"scopes": {"bot": sorted(manifest.scopes)}, "redirect_urls": [*redirects]},
        "settings": {
            "event_subscriptions": {**url, "bot_events": sorted(manifest.events)},
            "interactivity": {"is_enabled": manifest.interactive, **url, **menus},
            "socket_mode_enabled": manifest.socket_mode,
        },
    }


def _command(about: Payload) -> Command:
    return Command(about["command"], about.get("should_escape", False))
