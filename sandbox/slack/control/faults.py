"""Planned faults, forged and replayed deliveries, and events on demand."""

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urlencode

from aiohttp import web

from sandbox.slack.control.events import deliver_event
from sandbox.slack.control.guard import Impossible, bad, fields
from sandbox.slack.delivery import RawRequest
from sandbox.slack.faults import Fault
from sandbox.slack.payload import Payload
from sandbox.slack.signing import signed_headers
from sandbox.slack.twin import TWIN, Twin

_FORM = "application/x-www-form-urlencoded"
_OUTSIDE_WINDOW = 600  # seconds; Slack says to refuse more than five minutes
# The timestamp's offset in seconds, for each kind of signature.
_SKEW: Mapping[object, int] = MappingProxyType(
    {True: 0, "forged": 0, "stale": -_OUTSIDE_WINDOW, "future": _OUTSIDE_WINDOW}
)
_BODIES = ("body", "form", "raw", "base64")


async def add_fault(request: web.Request) -> web.Response:
    """Plan a fault."""
    optional = ("count", "status", "error", "retry_after", "seconds")
    body = await fields(request, ("method", "kind"), optional)
    try:
        request.app[TWIN].faults.planned.append(Fault.parse(body))
    except ValueError as error:
        raise bad(error) from error
    return web.json_response({"ok": True})


async def clear_faults(request: web.Request) -> web.Response:
    """Forget all planned faults."""
    request.app[TWIN].faults.planned.clear()
    return web.json_response({"ok": True})


def _content(given: Payload) -> tuple[bytes, str]:
    chosen = [name for name in _BODIES if name in given]
    if len(chosen) != 1:
        raise bad(f"give one of {', '.join(_BODIES)}")
    value = given[chosen[0]]
    match chosen[0]:
        case "body":
            return json.dumps(value).encode(), "application/json"
        case "form":
            return urlencode(value).encode(), _FORM
        case "base64":
            return base64.b64decode(value), _FORM
        case _:
            return str(value).encode(), _FORM


def _signature(twin: Twin, sign: object, content: bytes) -> dict[str, str]:
    if sign is False:
        return {}
    if sign not in _SKEW:
        raise bad(f"sign is true, false or one of stale, forged, future, not {sign!r}")
    secret = "not-the-secret" if sign == "forged" else twin.config.signing_secret
    return signed_headers(secret, int(twin.config.clock()) + _SKEW[sign], content)


async def deliver(request: web.Request) -> web.Response:
    """Send the bot any request, validly signed or not, any number of times."""
    twin = request.app[TWIN]
    given = await fields(request, (), (*_BODIES, "headers", "sign", "repeat"))
    content, content_type = _content(given)
    signature = _signature(twin, given.get("sign", True), content)
    headers = {"Content-Type": content_type, **signature, **given.get("headers", {})}
    raw_request = RawRequest(content, headers)
    answers = [await _sent(twin, raw_request) for _ in range(max(1, given.get("repeat", 1)))]
    return web.json_response({**answers[-1], "answers": answers})


async def _sent(twin: Twin, raw_request: RawRequest) -> Payload:
    ack = await twin.delivery.send(raw_request)
    return {**ack.summary(), "body": ack.text}


async def replay(request: web.Request) -> web.Response:
    """Send the last HTTP delivery again, with the same bytes and signature."""
    twin = request.app[TWIN]
    if twin.delivery.last is None:
        raise Impossible("nothing was delivered over HTTP yet", HTTPStatus.CONFLICT)
    return web.json_response(await _sent(twin, twin.delivery.last))


async def event(request: web.Request) -> web.Response:
    """Deliver an event of the Events API, if the app is subscribed to it."""
    twin = request.app[TWIN]
    body = await fields(request, ("event",), ("force",))
    ack = await deliver_event(twin, body["event"], force=bool(body.get("force")))
    return web.json_response(ack.summary())
