"""What goes wrong: faults, forged and replayed deliveries, people who change."""

import base64
import dataclasses
import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urlencode

from aiohttp import web

from sandbox.company import Person
from sandbox.slack.control.events import deliver_event
from sandbox.slack.control.guard import Impossible, fields, someone
from sandbox.slack.courier import Parcel
from sandbox.slack.faults import Fault
from sandbox.slack.payload import Payload
from sandbox.slack.signing import signed_headers
from sandbox.slack.twin import TWIN, Twin

_FORM = "application/x-www-form-urlencoded"
_OUTSIDE_WINDOW = 600  # seconds; Slack says to refuse what is more than five minutes off
# How far the clock is off, for each kind of signature.
_SKEW: Mapping[object, int] = MappingProxyType(
    {True: 0, "forged": 0, "stale": -_OUTSIDE_WINDOW, "future": _OUTSIDE_WINDOW}
)
_FLAGS = frozenset({field.name for field in dataclasses.fields(Person)} | {"away"}) - {"id"}
_BODIES = ("body", "form", "raw", "base64")


def _bad(reason: object) -> Impossible:
    return Impossible(str(reason), HTTPStatus.BAD_REQUEST)


async def add_fault(request: web.Request) -> web.Response:
    """Put trouble in store."""
    optional = ("count", "status", "retry_after", "seconds")
    body = await fields(request, ("method", "kind"), optional)
    try:
        request.app[TWIN].faults.planned.append(Fault.parse(body))
    except ValueError as error:
        raise _bad(error) from error
    return web.json_response({"ok": True})


async def clear_faults(request: web.Request) -> web.Response:
    """Call all trouble off."""
    request.app[TWIN].faults.planned.clear()
    return web.json_response({"ok": True})


def _content(given: Payload) -> tuple[bytes, str]:
    chosen = [name for name in _BODIES if name in given]
    if len(chosen) != 1:
        raise _bad(f"give one of {', '.join(_BODIES)}")
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
        raise _bad(f"sign is true, false or one of stale, forged, future, not {sign!r}")
    secret = "not-the-secret" if sign == "forged" else twin.config.signing_secret
    return signed_headers(secret, int(twin.config.clock()) + _SKEW[sign], content)


async def deliver(request: web.Request) -> web.Response:
    """Send the bot any request, well signed or not, any number of times."""
    twin = request.app[TWIN]
    given = await fields(request, (), (*_BODIES, "headers", "sign", "repeat"))
    content, content_type = _content(given)
    signature = _signature(twin, given.get("sign", True), content)
    headers = {"Content-Type": content_type, **signature, **given.get("headers", {})}
    parcel = Parcel(content, headers)
    answers = [await _sent(twin, parcel) for _ in range(max(1, given.get("repeat", 1)))]
    return web.json_response({**answers[-1], "answers": answers})


async def _sent(twin: Twin, parcel: Parcel) -> Payload:
    ack = await twin.courier.send(parcel)
    return {**ack.summary(), "body": ack.text}


async def replay(request: web.Request) -> web.Response:
    """Send the last delivery again: same bytes, same signature."""
    twin = request.app[TWIN]
    if twin.courier.last is None:
        raise Impossible("nothing was delivered over HTTP yet", HTTPStatus.CONFLICT)
    return web.json_response(await _sent(twin, twin.courier.last))


async def event(request: web.Request) -> web.Response:
    """Deliver an event of the Events API."""
    twin = request.app[TWIN]
    body = await fields(request, ("event",))
    return web.json_response((await deliver_event(twin, body["event"])).summary())


async def person(request: web.Request) -> web.Response:
    """Change a person's flags, or (`away`) whether they are there to see an ephemeral."""
    twin = request.app[TWIN]
    flags = await fields(request, ("id",), _FLAGS)
    user = someone(twin, flags.pop("id")).id
    if "away" in flags:
        (twin.workspace.away.add if flags.pop("away") else twin.workspace.away.discard)(user)
    changed = twin.workspace.change_person(user, flags)
    twin.screens.changed(twin.workspace.people)
    return web.json_response({"id": changed.id, "deleted": changed.deleted})


async def bot(request: web.Request) -> web.Response:
    """Say where the bot takes its deliveries."""
    body = await fields(request, ("request_url",))
    request.app[TWIN].courier.request_url = body["request_url"]
    return web.json_response({"ok": True})


async def disconnect(request: web.Request) -> web.Response:
    """Close the bot's sockets as Slack does when it refreshes a connection."""
    body = await fields(request, (), ("reason",))
    await request.app[TWIN].sockets.disconnect(body.get("reason", "refresh_requested"))
    return web.json_response({"ok": True})


async def reset(request: web.Request) -> web.Response:
    """Begin again from the seed."""
    request.app[TWIN].reset()
    return web.json_response({"ok": True})
