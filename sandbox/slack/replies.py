"""Answers to an interaction: the body of an ack, and posts to its response URL.

docs.slack.dev/interactivity/handling-user-interaction.
"""

import json
from http import HTTPStatus

from aiohttp import web

from sandbox.slack.acks import Ack
from sandbox.slack.faults import inject_after, inject_before
from sandbox.slack.grants import ResponseUrl
from sandbox.slack.messages import change, check_message, note, post, remove, show
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import TWIN, Twin
from sandbox.slack.workspace import Message

VIA = "response_url"
_FIELDS = frozenset(
    {
        "text",
        "blocks",
        "attachments",
        "response_type",
        "replace_original",
        "delete_original",
        "thread_ts",
        "unfurl_links",
        "unfurl_media",
        "metadata",
        "mrkdwn",
        "parse",
        "link_names",
    }
)
_KINDS = frozenset({None, "ephemeral", "in_channel"})


def reply(twin: Twin, via: str, grant: ResponseUrl, body: Payload) -> None:
    """Post, change or delete a message as an answer says; by default only its person sees it."""
    unknown = sorted(body.keys() - _FIELDS)
    if unknown or body.get("response_type") not in _KINDS:
        raise _bad_payload(f"unknown: {unknown}")
    if not isinstance(body.get("text") or "", str):
        raise _bad_payload("text is no string")
    if body.get("delete_original") and len(body) > 1:
        raise _bad_payload("delete_original stands alone")
    source = twin.workspace.messages.get((grant.channel, grant.source or ""))
    if body.get("delete_original"):
        if source is not None:
            remove(twin, source)
        return
    check_message(twin, via, body)
    if body.get("replace_original") and grant.source:
        if source is not None:
            change(twin, source, body)
        return
    public = body.get("response_type") == "in_channel"
    post(twin, grant.channel, body, None if public else grant.user, response_url=grant.url)


def _bad_payload(reason: str) -> Refusal:
    return Refusal("invalid_payload", [reason], status=HTTPStatus.BAD_REQUEST)


async def serve(request: web.Request) -> web.StreamResponse:
    """Handle a post to a response URL."""
    twin = request.app[TWIN]
    fault = twin.faults.take(VIA)
    raw = await request.text()
    path = request.match_info["path"]
    issued = twin.response_urls.issued.get(path)
    twin.journal.sent(
        VIA,
        _parsed(raw),
        user=issued.user if issued else None,
        channel=issued.channel if issued else None,
        response_url=issued.url if issued else None,
    )
    try:
        if fault is not None and (answer := await inject_before(request, fault)) is not None:
            return answer
        reply(twin, VIA, twin.response_urls.spend(path), _json_object(request, raw))
    except Refusal as refusal:
        note(twin, VIA, refusal, _parsed(raw))
        status = refusal.status if refusal.status != HTTPStatus.OK else HTTPStatus.BAD_REQUEST
        return web.json_response(refusal.as_json(), status=status, headers=refusal.headers)
    inject_after(request, fault)
    return web.Response(text="ok")


def _parsed(raw: str) -> object:
    """The JSON in a body, or the body itself."""
    try:
        parsed: object = json.loads(raw)
    except ValueError:
        return raw
    return parsed


def _json_object(request: web.Request, raw: str) -> Payload:
    body = _parsed(raw)
    if request.content_type != "application/json" or not isinstance(body, dict):
        raise _bad_payload("not a JSON object")
    return body


def show_command_ack(twin: Twin, ack: Ack, grant: ResponseUrl, typed: str) -> None:
    """Show the answer to a slash command, which may be a message or plain text."""
    if not ack.text.strip():
        return
    message = ack.body if isinstance(ack.body, dict) else {"text": ack.text}
    try:
        if message.get("response_type") == "in_channel":
            _echo(twin, grant, typed)
        reply(twin, "ack", grant, message)
    except Refusal as refusal:
        note(twin, "ack", refusal, message)
        twin.screens.toast(grant.user, refusal.error, failure(typed, refusal.error))


def _echo(twin: Twin, grant: ResponseUrl, typed: str) -> None:
    """Show the typed command in the channel, as Slack does before a public answer."""
    ts = twin.workspace.next_ts(twin.config.clock())
    show(twin, Message(ts, grant.channel, grant.user, typed))


def failure(typed: str, error: str) -> str:
    """Slack's notice for a command that failed."""
    return f'{typed.partition(" ")[0]} failed with the error "{error}"'
