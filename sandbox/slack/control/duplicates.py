"""Duplicated and reordered deliveries, and sockets that are closed."""

from typing import Final

from aiohttp import web

from sandbox.slack.acks import Kind
from sandbox.slack.control.guard import bad, fields
from sandbox.slack.duplicates import DuplicatePlan
from sandbox.slack.payload import Payload
from sandbox.slack.sockets import WARNED_BEFORE, DisconnectReason
from sandbox.slack.twin import TWIN, Twin

_KINDS: Final = {
    "command": Kind.COMMAND,
    "interaction": Kind.INTERACTION,
    "event": Kind.EVENT,
}


def _kind(body: Payload) -> Kind:
    if body["kind"] not in _KINDS:
        raise bad(f"kind is one of {', '.join(_KINDS)}")
    return _KINDS[body["kind"]]


async def duplicate(request: web.Request) -> web.Response:
    """Repeat the next delivery of a kind."""
    body = await fields(request, ("kind",), ("count", "after", "same_bytes"))
    plan = DuplicatePlan(**{**body, "kind": _kind(body)})
    request.app[TWIN].delivery.duplicates.planned.append(plan)
    return web.json_response({"ok": True})


async def duplicates(request: web.Request) -> web.Response:
    """Give the repeated deliveries with their results, and the number of held ones."""
    delivery = request.app[TWIN].delivery
    answer = {"duplicates": delivery.duplicates.sent, "held": delivery.reordering.held}
    return web.json_response(answer)


async def disorder(request: web.Request) -> web.Response:
    """Hold the next `count` deliveries of a kind, then deliver them last first."""
    body = await fields(request, ("kind", "count"))
    request.app[TWIN].delivery.reordering.plan(_kind(body), body["count"])
    return web.json_response({"ok": True})


async def disconnect(request: web.Request) -> web.Response:
    """Close the bot's sockets for a reason; with `warning`, announce it some seconds before.

    With `silent`, they are closed without a word.
    """
    twin = request.app[TWIN]
    body = await fields(request, (), ("reason", "warning", "silent"))
    try:
        reason = DisconnectReason(body.get("reason", DisconnectReason.REFRESH_REQUESTED))
    except ValueError as error:
        raise bad(error) from error
    if body.get("warning"):
        twin.background.start(_warn_and_disconnect(twin, reason))
    else:
        await twin.sockets.disconnect(None if body.get("silent") else reason)
    return web.json_response({"ok": True})


async def _warn_and_disconnect(twin: Twin, reason: DisconnectReason) -> None:
    warned = await twin.sockets.warn()
    await twin.pacing.wait(WARNED_BEFORE)
    await twin.sockets.disconnect(reason, warned)
