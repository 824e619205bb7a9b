"""chat.*: posting, changing and deleting messages."""

from sandbox.company import BOT_ID, BOT_USER_ID, TEAM_DOMAIN, Channel
from sandbox.slack.messages import (
    MAX_TEXT_IN_UPDATE,
    change,
    check_message,
    draft,
    post,
    remove,
    truncated,
)
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin
from sandbox.slack.webapi.legacy import normalized
from sandbox.slack.workspace import Message, is_direct


def _channel(twin: Twin, channel_id: str) -> Channel:
    """The channel, if the bot may post there; a person's id means their direct conversation."""
    found = twin.workspace.channels.get(channel_id) or twin.workspace.direct_channel(channel_id)
    if found is None:
        raise Refusal("channel_not_found")
    if BOT_USER_ID not in found.members:
        raise Refusal("channel_not_found" if found.is_private else "not_in_channel")
    if found.is_archived:
        raise Refusal("is_archived")
    if is_direct(found) and not twin.config.manifest.messages_tab:
        raise Refusal("messages_tab_disabled")
    return found


def check_thread(twin: Twin, channel: Channel, arguments: Payload) -> None:
    """Refuse a reply to a message that cannot have replies."""
    ts = arguments.get("thread_ts")
    if ts is None:
        return
    root = twin.workspace.messages.get((channel.id, ts))
    if root is None or root.thread_ts or root.ephemeral:
        raise Refusal("cannot_reply_to_message")


def post_message(twin: Twin, arguments: Payload) -> Payload:
    """chat.postMessage."""
    channel = _channel(twin, arguments["channel"])
    given = normalized(twin, "chat.postMessage", arguments)
    arguments = truncated(twin, "chat.postMessage", given)
    check_message(twin, "chat.postMessage", arguments)
    check_thread(twin, channel, arguments)
    twin.posting_limit.admit(channel.id)
    message = post(twin, channel.id, arguments)
    shown = {**message.as_json(), "bot_profile": {"id": BOT_ID, "deleted": False}}
    answer: Payload = {"channel": channel.id, "ts": message.ts, "message": shown}
    if given != arguments:
        answer["response_metadata"] = {"warnings": ["message_truncated"]}
    return answer


def post_ephemeral(twin: Twin, arguments: Payload) -> Payload:
    """chat.postEphemeral: only a member who is not away sees the message."""
    channel = _channel(twin, arguments["channel"])
    arguments = normalized(twin, "chat.postEphemeral", arguments)
    user = arguments["user"]
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    check_message(twin, "chat.postEphemeral", arguments)
    check_thread(twin, channel, arguments)
    thread = arguments.get("thread_ts")
    idle = thread is not None and not twin.workspace.has_replies(channel.id, thread)
    if user in twin.workspace.away or idle:  # accepted but not shown: Slack does not guarantee it
        return {"message_ts": draft(twin, channel.id, arguments, user).ts}
    return {"message_ts": post(twin, channel.id, arguments, user).ts}


def _own(twin: Twin, arguments: Payload, not_own: str) -> Message:
    """The bot's own message; ephemeral ones cannot be changed or deleted."""
    channel = _channel(twin, arguments["channel"])
    message = twin.workspace.messages.get((channel.id, arguments["ts"]))
    if message is None or message.ephemeral:
        raise Refusal("message_not_found")
    if not message.from_app:
        raise Refusal(not_own)
    return message


def update(twin: Twin, arguments: Payload) -> Payload:
    """chat.update."""
    message = _own(twin, arguments, "cant_update_message")
    arguments = normalized(twin, "chat.update", arguments)
    check_message(twin, "chat.update", arguments, MAX_TEXT_IN_UPDATE)
    new = change(twin, message, arguments)
    return {"channel": new.channel, "ts": new.ts, "text": new.text, "message": new.as_json()}


def delete(twin: Twin, arguments: Payload) -> Payload:
    """chat.delete."""
    message = _own(twin, normalized(twin, "chat.delete", arguments), "cant_delete_message")
    remove(twin, message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(twin: Twin, arguments: Payload) -> Payload:
    """chat.getPermalink."""
    channel, ts = arguments["channel"], arguments["message_ts"]
    message = twin.workspace.messages.get((channel, ts))
    if channel not in twin.workspace.channels:
        raise Refusal("channel_not_found")
    if message is None or message.ephemeral:
        raise Refusal("message_not_found")
    path = f"archives/{channel}/p{ts.replace('.', '')}"
    return {"channel": channel, "permalink": f"https://{TEAM_DOMAIN}.slack.com/{path}"}
