"""files.*: announcing, completing and describing uploads."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from sandbox.company import BOT_USER_ID, Channel
from sandbox.slack.blockkit.rules import blocks_problems
from sandbox.slack.files import File
from sandbox.slack.messages import check_message, draft, show
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin
from sandbox.slack.webapi.chat import check_thread
from sandbox.slack.webapi.legacy import normalized

MAX_BYTES: Final = 3 * 1024 * 1024
"""Bytes of a file, since requests have at most 4 MiB here; Slack's own limit is a gigabyte."""
MAX_NAME: Final = 255
"""Characters in a name or a title; Slack publishes no limit."""
_MAX_ALT_TEXT: Final = 1000
_MAX_SNIPPET: Final = 1024 * 1024
_MAX_CHANNELS: Final = 100
_COMPLETE: Final = "files.completeUploadExternal"


def get_upload_url(twin: Twin, arguments: Payload) -> Payload:
    """files.getUploadURLExternal."""
    name, length = arguments["filename"], arguments["length"]
    if length < 1:
        raise Refusal("missing_argument")
    if len(name) > MAX_NAME or "/" in name:
        raise Refusal("invalid_arguments", ["[ERROR] not a file's name: filename"])
    if len(arguments.get("alt_txt") or "") > _MAX_ALT_TEXT:
        raise Refusal("alt_txt_too_large")
    if arguments.get("snippet_type") and length > _MAX_SNIPPET:
        raise Refusal("snippet_too_large")
    if length > MAX_BYTES:
        raise Refusal("file_upload_size_restricted")
    file, url = twin.files.reserve(name, length)
    return {"upload_url": url, "file_id": file.id}


def complete_upload(twin: Twin, arguments: Payload) -> Payload:
    """files.completeUploadExternal: shares uploads, in one message per channel."""
    arguments = normalized(twin, _COMPLETE, arguments)
    uploads = [_upload(twin, one) for one in _listed(arguments["files"])]
    channels = [_channel(twin, channel_id) for channel_id in _channel_ids(arguments)]
    if len(channels) > _MAX_CHANNELS:
        raise Refusal("channels_limit_exceeded")
    body = _comment(twin, arguments)
    _check_thread(twin, channels, arguments)
    shared_in = tuple(channel.id for channel in channels)
    done = [twin.files.complete(file, title, shared_in) for file, title in uploads]
    files = tuple(file.as_json(twin.config.public_url) for file in done)
    _share(twin, shared_in, body, files)
    return {"files": list(files)}


def _share(twin: Twin, channels: Iterable[str], body: Payload, files: tuple[Payload, ...]) -> None:
    for channel in channels:
        twin.previewer.look_at(body)
        show(twin, replace(draft(twin, channel, body), files=files))


def _check_thread(twin: Twin, channels: list[Channel], arguments: Payload) -> None:
    if arguments.get("thread_ts") and len(channels) != 1:
        raise Refusal("invalid_arguments", ["[ERROR] thread_ts goes with one channel"])
    for channel in channels:
        check_thread(twin, channel, arguments)


def _listed(files: object) -> Iterator[Payload]:
    """The entries of `files`, each with an id and optionally a title."""
    entries = files if isinstance(files, list) and files else [None]
    for entry in entries:
        about = entry if isinstance(entry, dict) else {}
        title = about.get("title") or ""
        if not isinstance(about.get("id"), str) or not isinstance(title, str):
            raise Refusal("invalid_arguments", ["[ERROR] wants a list of ids and titles: files"])
        if len(title) > MAX_NAME:
            raise Refusal("invalid_arguments", ["[ERROR] too long a title: files"])
        yield {"id": about["id"], "title": title}


def _upload(twin: Twin, entry: Payload) -> tuple[File, str]:
    """An upload that is not completed yet, and its title."""
    file = twin.files.known.get(entry["id"])
    if file is None or file.content is None or file.shared_in is not None:
        raise Refusal("file_not_found")
    return file, entry["title"]


def _channel_ids(arguments: Payload) -> Iterator[str]:
    """The ids of the channels; people's ids in `channels` mean their direct conversations."""
    if arguments.get("channel_id"):
        yield str(arguments["channel_id"])
    for one in (arguments.get("channels") or "").split(","):
        if one.strip():
            yield one.strip() if one.strip()[0] not in "UW" else f"D{one.strip()[1:]}"


def _channel(twin: Twin, channel_id: str) -> Channel:
    found = twin.workspace.channels.get(channel_id)
    if found is None:
        raise Refusal("channel_not_found")
    if BOT_USER_ID not in found.members:
        raise Refusal("channel_not_found" if found.is_private else "not_in_channel")
    if found.is_archived:
        raise Refusal("posting_to_channel_denied")
    return found


def _comment(twin: Twin, arguments: Payload) -> Payload:
    """The message beside the files: the comment, or the blocks without one."""
    comment, blocks = arguments.get("initial_comment"), arguments.get("blocks")
    kept = ("thread_ts", "author")
    body: Payload = {name: arguments[name] for name in kept if name in arguments}
    if comment:
        check_message(twin, _COMPLETE, {"text": comment})
        return {**body, "text": comment}
    if blocks and (problems := blocks_problems(blocks)):
        raise Refusal("invalid_blocks", map(str, problems))
    return {**body, "blocks": blocks or []}


def info(twin: Twin, arguments: Payload) -> Payload:
    """files.info."""
    file = twin.files.known.get(arguments["file"])
    if file is None or file.shared_in is None:
        raise Refusal("file_not_found")
    return {"file": file.as_json(twin.config.public_url), "comments": []}
