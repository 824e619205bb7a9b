"""reactions.*: the bot's emoji reactions."""

import re
from typing import Final

from sandbox.company import BOT_USER_ID
from sandbox.slack.messages import show
from sandbox.slack.payload import Payload
from sandbox.slack.reactions import react, unreact
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin
from sandbox.slack.workspace import Message

_TIMESTAMP: Final = re.compile(r"\d+\.\d{6}")


def _message(twin: Twin, arguments: Payload) -> Message:
    """The message that the call is about."""
    if arguments.get("file"):
        raise Refusal("file_not_found")  # Slack no longer supports reactions to files
    if arguments.get("file_comment"):
        raise Refusal("file_comment_not_found")
    if not (arguments.get("channel") and arguments.get("timestamp")):
        raise Refusal("no_item_specified")
    channel = twin.workspace.channels.get(arguments["channel"])
    if channel is None or (channel.is_private and BOT_USER_ID not in channel.members):
        raise Refusal("channel_not_found")
    if not _TIMESTAMP.fullmatch(arguments["timestamp"]):
        raise Refusal("bad_timestamp")
    message = twin.workspace.messages.get((channel.id, arguments["timestamp"]))
    if message is None or message.ephemeral:
        raise Refusal("message_not_found")
    return message


def _reachable(twin: Twin, arguments: Payload) -> Message:
    """The message, if the bot may react to it."""
    message = _message(twin, arguments)
    channel = twin.workspace.channels[message.channel]
    if BOT_USER_ID not in channel.members:
        raise Refusal("not_in_channel")
    if channel.is_archived:
        raise Refusal("is_archived")
    return message


def add(twin: Twin, arguments: Payload) -> Payload:
    """reactions.add."""
    show(twin, react(_reachable(twin, arguments), BOT_USER_ID, arguments["name"]))
    return {}


def remove(twin: Twin, arguments: Payload) -> Payload:
    """reactions.remove: the bot's own."""
    show(twin, unreact(_reachable(twin, arguments), BOT_USER_ID, arguments["name"]))
    return {}


def get(twin: Twin, arguments: Payload) -> Payload:
    """reactions.get."""
    message = _message(twin, arguments)
    return {"type": "message", "channel": message.channel, "message": message.as_json()}
