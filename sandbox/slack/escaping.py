"""Slack's escaping of typed text: entities, mentions, and links."""

import re

from sandbox.slack.workspace import Workspace

_HANDLE = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_SPECIAL = re.compile(
    rf"(?P<url>https?://[^\s<>]+)|(?<![\w.])(?:@(?P<user>{_HANDLE})|#(?P<channel>{_HANDLE}))"
)


def escape_entities(text: str) -> str:
    """Replace the three characters that Slack's markup reserves by entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_text(text: str, workspace: Workspace) -> str:
    """Turn typed mentions and URLs into Slack's `<...>` forms, and the rest into entities."""

    def reference(match: re.Match[str]) -> str:
        typed = match.group()
        if match["url"]:
            return f"<{typed}>"
        if match["user"]:
            name = match["user"]
            return _mention(name, workspace) or _group_mention(name, workspace) or typed
        return _channel_link(match["channel"], workspace) or typed

    return _SPECIAL.sub(reference, escape_entities(text))


def link_groups(text: str, workspace: Workspace) -> str:
    """Turn `@handle`s of user groups into mentions, as `link_names` does."""

    def reference(match: re.Match[str]) -> str:
        return _group_mention(match["user"] or "", workspace) or match.group()

    return _SPECIAL.sub(reference, text)


def _group_mention(handle: str, workspace: Workspace) -> str | None:
    groups = workspace.groups.values()
    found = (group.id for group in groups if group.handle == handle and not group.disabled)
    return next((f"<!subteam^{group_id}>" for group_id in found), None)


def _mention(handle: str, workspace: Workspace) -> str | None:
    found = (person.id for person in workspace.people.values() if person.handle == handle.lower())
    return next((f"<@{user_id}>" for user_id in found), None)


def _channel_link(name: str, workspace: Workspace) -> str | None:
    for channel in workspace.channels.values():
        if channel.name == name:
            label = "" if channel.is_private else name  # Slack hides a private channel's name
            return f"<#{channel.id}|{label}>"
    return None
