"""Deliveries that come again, in another order, or on a connection that ends."""

from typing import Final

from aiohttp import web

from sandbox.slack.acks import Kind
from sandbox.slack.control.guard import bad, fields
from sandbox.slack.doubles import Double
from sandbox.slack.payload import Payload
from sandbox.slack.sockets import WARNED_BEFORE, Goodbye
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
    """Let the next delivery of a kind come again."""
    body = await fields(request, ("kind",), ("count", "after", "same_bytes"))
    double = Double(**{**body, "kind": _kind(body)})
    request.app[TWIN].courier.doubles.planned.append(double)
    return web.json_response({"ok": True})


async def duplicates(request: web.Request) -> web.Response:
    """Give the deliveries that came again, how they ended, and how many are held."""
    courier = request.app[TWIN].courier
    told = {"duplicates": courier.doubles.sent, "held": courier.disorder.held}
    return web.json_response(told)


async def disorder(request: web.Request) -> web.Response:
    """Hold the next deliveries of a kind until there are `count`; the last leaves first."""
    body = await fields(request, ("kind", "count"))
    request.app[TWIN].courier.disorder.plan(_kind(body), body["count"])
    return web.json_response({"ok": True})


async def disconnect(request: web.Request) -> web.Response:
    """Close the bot's sockets for a reason; with `warning`, told of it some seconds before."""
    twin = request.app[TWIN]
    body = await fields(request, (), ("reason", "warning"))
    try:
        reason = Goodbye(body.get("reason", Goodbye.REFRESH_REQUESTED))
    except ValueError as error:
        raise bad(error) from error
    if body.get("warning"):
        twin.background.start(_warned(twin, reason))
    else:
        await twin.sockets.disconnect(reason)
    return web.json_response({"ok": True})


async def _warned(twin: Twin, reason: Goodbye) -> None:
    warned = await twin.sockets.warn()
    await twin.tempo.wait(WARNED_BEFORE)
    await twin.sockets.disconnect(reason, warned)
