"""A middleware of the sandbox that reports every changing call to the watch."""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from tests.faults.watch import Crashed, Watch

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DRAWN: Final = "draw"
"""The bot draws a card as often as it has to: all drawings share the name of the first one."""


def watched(watch: Watch) -> Middleware:
    """Build the middleware; the watch may stop a call before or after its work."""

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
                watch.uncount(kind)  # the bot repeats it
            else:
                await _unless_dead(watch, watch.after(step))
        except Crashed:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)  # its caller is dead
        return response

    return middleware


async def _unless_dead(watch: Watch, step: Awaitable[None]) -> None:
    """End the call if its caller crashed; a crash of Redis only delays it."""
    try:
        await step
    except Crashed:
        if not watch.caller_lives:
            raise


async def _kind(request: web.Request) -> str | None:
    """Name the kind of a call; None for calls that only read and for what people do."""
    last = request.path.rpartition("/")[2]
    if request.path.startswith("/response/"):
        return "answer"
    if last == "chat.update":
        collected = "Collected " in str((await _fields(request)).get("text"))
        return f"{DRAWN} collected card" if collected else f"{DRAWN} card"
    if last == "chat.postMessage":
        return _posted(await _fields(request))
    if request.method in {"POST", "PUT", "DELETE"} and "/access_keys" in request.path:
        return await _effect(request)
    if request.method == "PUT" and last == "principal_roles":
        return "give role" if (await _fields(request)).get("operation") == "add" else "take role"
    return None


async def _effect(request: web.Request) -> str:
    if request.method == "POST":
        return "make key"
    fields = await _fields(request)
    if "dedicated_for" in fields:
        return "pin key"
    enabled = fields.get("enabled")
    return {True: "enable key", False: "disable key"}.get(enabled is True, "change key")


def _posted(fields: Mapping[str, object]) -> str:
    """Name a message by its readers."""
    if fields.get("thread_ts"):
        return "post in thread"
    direct = str(fields.get("channel", ""))[:1] in {"U", "W", "D"}
    return "post to requester" if direct else "post card"


async def _fields(request: web.Request) -> Mapping[str, object]:
    """Read the body; aiohttp caches it for the handler."""
    if request.content_type == "application/json":
        found = json.loads(await request.text())
        return found if isinstance(found, dict) else {}
    return dict(await request.post())
