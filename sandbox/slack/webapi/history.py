"""conversations.history and conversations.replies: messages in pages.

docs.slack.dev/reference/methods/conversations.history and conversations.replies.
"""

import base64
import binascii
from collections.abc import Sequence

from sandbox.company import BOT_USER_ID, Channel
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin
from sandbox.slack.webapi.scopes import require
from sandbox.slack.workspace import Message, is_direct

_MAX_OF_HISTORY = 100  # messages in a page by default
_MAX_REPLIES = 1_000
_LONGEST_PAGE = 999
_CURSOR = "next_ts:"


def _channel(twin: Twin, channel_id: str) -> Channel:
    """The conversation, if the bot is a member and may read its messages."""
    found = twin.workspace.channels.get(channel_id)
    if found is None or (found.is_private and BOT_USER_ID not in found.members):
        raise Refusal("channel_not_found")
    kind = "im" if is_direct(found) else "groups" if found.is_private else "channels"
    require(twin, f"{kind}:history")
    if BOT_USER_ID not in found.members:
        raise Refusal("not_in_channel")
    return found


def conversations_history(twin: Twin, arguments: Payload) -> Payload:
    """conversations.history: newest first, without replies in threads."""
    channel = _channel(twin, arguments["channel"])
    main = [message for message in _public(twin, channel) if _is_main(message)]
    return _page(main[::-1], arguments, _MAX_OF_HISTORY)


def conversations_replies(twin: Twin, arguments: Payload) -> Payload:
    """conversations.replies: a thread's root and its replies, oldest first."""
    channel, root = _channel(twin, arguments["channel"]), arguments["ts"]
    thread = [
        message for message in _public(twin, channel) if root in {message.ts, message.thread_ts}
    ]
    if not any(message.ts == root for message in thread):
        raise Refusal("thread_not_found")
    return _page(thread, arguments, _MAX_REPLIES)


def _public(twin: Twin, channel: Channel) -> list[Message]:
    """The messages that every member sees, oldest first."""
    everything = twin.workspace.visible(BOT_USER_ID, channel.id)
    return [message for message in everything if not message.ephemeral]


def _is_main(message: Message) -> bool:
    return message.thread_ts in {None, message.ts}


def _page(messages: Sequence[Message], arguments: Payload, usual: int) -> Payload:
    limit, start = arguments.get("limit", usual), 0
    if not 1 <= limit <= _LONGEST_PAGE + 1:
        raise Refusal("invalid_limit")
    if arguments.get("cursor"):
        start = _start(messages, arguments["cursor"])
    page, rest = messages[start : start + limit], messages[start + limit :]
    metadata = arguments.get("include_all_metadata", False)
    answer: Payload = {
        "messages": [_shown(message, metadata=metadata) for message in page],
        "has_more": bool(rest),
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": _cursor(rest[0])}
    return answer


def _shown(message: Message, *, metadata: bool) -> Payload:
    shown = message.as_json()
    if not metadata:
        shown.pop("metadata", None)
    return shown


def _cursor(message: Message) -> str:
    return base64.b64encode(f"{_CURSOR}{message.ts}".encode()).decode()


def _start(messages: Sequence[Message], cursor: str) -> int:
    """The index where a page begins."""
    try:
        ts = base64.b64decode(cursor, validate=True).decode().removeprefix(_CURSOR)
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal("invalid_cursor") from error
    found = [number for number, message in enumerate(messages) if message.ts == ts]
    if not found:
        raise Refusal("invalid_cursor")
    return found[0]
