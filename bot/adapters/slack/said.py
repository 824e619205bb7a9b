"""What Slack says on a websocket: envelopes, a hello, and its goodbyes in words."""

import json
from typing import Final

_ENDED: Final = {
    "link_disabled": "Socket Mode is off in the app: turn it on at api.slack.com/apps",
    "too_many_websockets": (
        "the app has ten already, which is all that Slack opens: stop other processes with this"
        " SLACK_APP_TOKEN"
    ),
}
"""What Slack's reasons for an end mean; the others are its own affairs."""

Message = dict[str, object]


def read_message(text: str) -> Message:
    """Read a message; one that is no object is empty, and one with a strange payload has none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    message: Message = found if isinstance(found, dict) else {}
    if not isinstance(message.get("payload", {}), dict):
        del message["payload"]
    return message


def goodbye(message: Message) -> str:
    """Say for which reason Slack will end the websocket; empty where the message is another one."""
    if message.get("type") != "disconnect":
        return ""
    reason = str(message.get("reason"))
    said, more = f"Slack closes the websocket ({reason})", _ENDED.get(reason)
    return f"{said}: {more}" if more else said
