"""Slack and Cloudinary as the bot meets them, with every call that changes something watched."""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from tests.faults.watch import Crashed, Watch

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DRAWN: Final = "draw"
"""A card is drawn until it is right, as often as that takes: the first time stands for all."""


def watched(watch: Watch) -> Middleware:
    """Let the watch stop a call before or after its work."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        kind = await _kind(request)
        if kind is None:
            return await handler(request)
        step = watch.name(kind)
        if not kind.startswith(DRAWN):
            watch.count(kind)
        try:
            await _unless_dead(watch, watch.before(step))
            response = await handler(request)
            if response.status == HTTPStatus.TOO_MANY_REQUESTS:
                watch.uncount(kind)  # it comes again
            else:
                await _unless_dead(watch, watch.after(step))
        except Crashed:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)  # nobody hears it
        return response

    return middleware


async def _unless_dead(watch: Watch, meeting: Awaitable[None]) -> None:
    """Let a crash of the caller end the call; one of Redis only delays it."""
    try:
        await meeting
    except Crashed:
        if not watch.caller_lives:
            raise


async def _kind(request: web.Request) -> str | None:
    """Name the kind of a call; None for one that only reads, and for what people do."""
    last = request.path.rpartition("/")[2]
    if request.path.startswith("/response/"):
        return "answer"
    if last == "chat.update":
        collected = "Collected." in str((await _fields(request)).get("text"))
        return f"{DRAWN} collected card" if collected else f"{DRAWN} card"
    if last == "chat.postMessage":
        return _said(await _fields(request))
    if request.method in {"POST", "PUT", "DELETE"} and "/access_keys" in request.path:
        return await _effect(request)
    return None


async def _effect(request: web.Request) -> str:
    if request.method == "POST":
        return "make key"
    enabled = (await _fields(request)).get("enabled")
    return {True: "enable key", False: "disable key"}.get(enabled is True, "change key")


def _said(fields: Mapping[str, object]) -> str:
    """By whom it is heard."""
    if fields.get("thread_ts"):
        return "say in thread"
    direct = str(fields.get("channel", ""))[:1] in {"U", "W", "D"}
    return "say to requester" if direct else "post card"


async def _fields(request: web.Request) -> Mapping[str, object]:
    """Read a body, which stays there to be read again."""
    if request.content_type == "application/json":
        found = json.loads(await request.text())
        return found if isinstance(found, dict) else {}
    return dict(await request.post())
