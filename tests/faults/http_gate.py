"""A middleware of the sandbox that reports every changing call to the watch."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from tests.faults.watch import Crashed, Watch

Fields = Mapping[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DRAWN: Final = "draw"
"""The bot draws a card as often as it has to: all drawings share the name of the first one."""


def _on_key(fields: Fields) -> str:
    """Name a change of a key by what it sets."""
    if "dedicated_for" in fields:
        return "pin key"
    if "name" in fields:
        return "rename key"
    return "enable key" if fields.get("enabled") is True else "disable key"


def _on_role(fields: Fields) -> str:
    return "give role" if fields.get("operation") == "add" else "take role"


ACCOUNT: Final = r"/v1_1/provisioning/accounts/[^/]+"
KEYS: Final = rf"{ACCOUNT}/sub_accounts/[^/]+/access_keys"
EFFECTS: Final[tuple[tuple[str, str, str | Callable[[Fields], str]], ...]] = (
    ("POST", KEYS, "make key"),
    ("PUT", rf"{KEYS}/[^/]+", _on_key),
    ("DELETE", rf"{KEYS}(/[^/]+)?", "delete key"),
    ("PUT", r"/v2/accounts/[^/]+/permissions/principal_roles", _on_role),
    ("POST", rf"{ACCOUNT}/sub_accounts", "create environment"),
    ("PUT", rf"{ACCOUNT}/sub_accounts/[^/]+", "change environment"),
    ("POST", rf"{ACCOUNT}/users", "invite user"),
    ("PUT", rf"{ACCOUNT}/users/[^/]+", "change user"),
    ("DELETE", rf"{ACCOUNT}/users/[^/]+", "remove user"),
    ("POST", rf"{ACCOUNT}/user_groups", "create group"),
    ("PUT", rf"{ACCOUNT}/user_groups/[^/]+", "rename group"),
    ("DELETE", rf"{ACCOUNT}/user_groups/[^/]+", "remove group"),
    ("POST", rf"{ACCOUNT}/user_groups/[^/]+/users/[^/]+", "add member"),
    ("DELETE", rf"{ACCOUNT}/user_groups/[^/]+/users/[^/]+", "drop member"),
)
"""What changes Cloudinary: method, path, and the step's name or what names it by the body."""


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
    for method, path, effect in EFFECTS:
        if method == request.method and re.fullmatch(path, request.path):
            return effect if isinstance(effect, str) else effect(await _fields(request))
    return None


def _posted(fields: Fields) -> str:
    """Name a message by its readers."""
    if fields.get("thread_ts"):
        return "post in thread"
    direct = str(fields.get("channel", ""))[:1] in {"U", "W", "D"}
    return "post to requester" if direct else "post card"


async def _fields(request: web.Request) -> Fields:
    """Read the body; aiohttp caches it for the handler."""
    if request.content_type == "application/json":
        found = json.loads(await request.text())
        return found if isinstance(found, dict) else {}
    return dict(await request.post())
