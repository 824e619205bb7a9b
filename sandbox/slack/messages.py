"""Checking, posting, changing and deleting messages, through whichever API the bot sent them."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.company import BOT_USER_ID
from sandbox.slack.blockkit.rules import blocks_problems
from sandbox.slack.blockkit.surfaces import TABLES
from sandbox.slack.elements import with_ids
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin
from sandbox.slack.workspace import Message

MAX_TEXT = 40_000  # characters; chat.postMessage drops the rest
MAX_TEXT_IN_UPDATE = 4_000
_MAX_ATTACHMENTS = 100
_MAX_MARKDOWN = 12_000  # characters of `markdown_text`
_PAYLOAD_FAULTS = frozenset(
    {
        "invalid_arguments",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_metadata_format",
        "invalid_payload",
        "markdown_text_conflict",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
        "unknown_method",
        "view_too_large",
    }
)


def note(twin: Twin, via: str, refusal: Refusal, body: object) -> None:
    """Log a refusal as a violation if its cause is the payload itself."""
    if refusal.error in _PAYLOAD_FAULTS:
        twin.journal.violated(via, refusal.error, refusal.messages, body)


def check_message(twin: Twin, via: str, body: Payload, most_text: int = MAX_TEXT) -> None:
    """Refuse what Slack refuses in a message; blocks without a text are only logged."""
    text, blocks, markdown = body.get("text") or "", body.get("blocks"), body.get("markdown_text")
    if not (text or blocks or body.get("attachments") or markdown):
        raise Refusal("no_text")
    if markdown and (text or blocks):
        raise Refusal("markdown_text_conflict")
    if len(text) > most_text or len(markdown or "") > _MAX_MARKDOWN:
        raise Refusal("msg_too_long")
    attachments = body.get("attachments") or []
    _check_attachments(attachments)
    _check_metadata(body.get("metadata"))
    if blocks not in (None, []):
        problems = blocks_problems(blocks)
        if problems:
            raise Refusal("invalid_blocks", map(str, problems))
    _check_tables([body, *attachments])
    if blocks and not text:
        advice = "blocks without a top-level text are silent to screen readers"
        twin.journal.violated(via, "missing_text", [advice], body)


def _check_attachments(attachments: object) -> None:
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise Refusal("invalid_attachments")
    if len(attachments) > _MAX_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    for one in attachments:
        problems = blocks_problems(one.get("blocks") or [])
        if problems:
            raise Refusal("invalid_attachments", map(str, problems))


def _check_tables(parts: list[Payload]) -> None:
    """Refuse a second table, wherever in the message it is."""
    held = [block for part in parts for block in part.get("blocks") or []]
    if sum(block["type"] in TABLES for block in held) > 1:
        raise Refusal("invalid_attachments", ["[ERROR] only_one_table_allowed"])


def _check_metadata(metadata: object) -> None:
    if not metadata:
        return
    about = metadata if isinstance(metadata, dict) else {}
    named = isinstance(about.get("event_type"), str)
    if not (named and isinstance(about.get("event_payload"), dict)):
        raise Refusal("invalid_metadata_format")


def truncated(twin: Twin, via: str, body: Payload) -> Payload:
    """Truncate a text as chat.postMessage does, and log that."""
    text = body.get("text") or ""
    if len(text) <= MAX_TEXT:
        return body
    twin.journal.violated(via, "message_truncated", [f"{len(text)} characters"], body)
    return {**body, "text": text[:MAX_TEXT]}


def audience(twin: Twin, message: Message) -> Iterable[str]:
    """The ids of the people who see the message."""
    return [message.audience] if message.audience else twin.workspace.members(message.channel)


def show(twin: Twin, message: Message) -> Message:
    """Show a new or changed message to its audience."""
    twin.workspace.keep(message)
    twin.screens.changed(audience(twin, message), message.channel)
    return message


def draft(twin: Twin, channel: str, body: Payload, seen_by: str | None = None) -> Message:
    """Build the bot's message from a checked payload, without showing it."""
    return Message(
        ts=twin.workspace.next_ts(twin.config.clock()),
        channel=channel,
        user=BOT_USER_ID,
        text=body.get("text") or body.get("markdown_text") or "",
        blocks=tuple(with_ids(body.get("blocks") or [])),
        thread_ts=body.get("thread_ts"),
        audience=seen_by,
        metadata=body.get("metadata"),
        from_app=True,
        author=body.get("author") or {},
    )


def post(
    twin: Twin, channel: str, body: Payload, seen_by: str | None = None, response_url: str = ""
) -> Message:
    """Post a checked payload as the bot's message, to a channel or to one person in it."""
    twin.previewer.look_at(body)
    return show(twin, replace(draft(twin, channel, body, seen_by), response_url=response_url))


def change(twin: Twin, message: Message, body: Payload) -> Message:
    """Replace a message's content.

    A text without blocks removes the blocks and marks the message as edited
    (docs.slack.dev/reference/methods/chat.update).
    """
    new = draft(twin, message.channel, body)
    kept = message.blocks if body.get("blocks") is None and not new.text else new.blocks
    edited = message.edited_ts if kept else new.ts
    twin.previewer.look_at(body)
    metadata = new.metadata or message.metadata
    text = new.text or message.text
    changed = replace(message, text=text, blocks=kept, edited_ts=edited, metadata=metadata)
    return show(twin, changed)


def remove(twin: Twin, message: Message) -> None:
    """Delete a message."""
    del twin.workspace.messages[message.channel, message.ts]
    twin.screens.changed(audience(twin, message), message.channel)
