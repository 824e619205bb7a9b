"""Access keys, as the live service answers: more fields than its document, in this order."""

from aiohttp import web

from sandbox.cloudinary.asking import (
    SECRETS_ON_READ,
    Json,
    account_of,
    as_list,
    body_of,
    flag,
    ordered,
    page_of,
)
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import AccessKey, Place

SORTS = ("api_key", "created_at", "name", "enabled")
PURPOSE = "webhooks"


def shown(key: AccessKey, *, secret: bool = True) -> Json:
    """A key as the wire has it."""
    return {
        "name": key.name,
        "api_key": key.api_key,
        **({"api_secret": key.api_secret} if secret else {}),
        "created_at": key.created_at,
        "updated_at": key.updated_at,
        "enabled": key.enabled,
        **({"dedicated_for": key.dedicated_for} if key.dedicated_for else {}),
        "root": key.root,
    }


def _place(request: web.Request) -> Place:
    return account_of(request).place(request.match_info["sub_account_id"])


def _key(place: Place, api_key: str) -> AccessKey:
    for key in place.keys:
        if key.api_key == api_key:
            return key
    raise Refusal(404, "not found")


def _free(place: Place, name: str | None, but: AccessKey | None = None) -> None:
    if name and any(key.name == name and key is not but for key in place.keys):
        raise Refusal(409, "Already exists")


async def index(request: web.Request) -> web.Response:
    """List the keys of an environment."""
    secret = request.app[SECRETS_ON_READ]
    keys = [shown(key, secret=secret) for key in _place(request).keys]
    part = page_of(request).of(ordered(request, keys, SORTS))
    return web.json_response({"access_keys": part, "total": len(keys)})


async def generate(request: web.Request) -> web.Response:
    """Make a key; without a word on it, an enabled one."""
    place, body = _place(request), await body_of(request)
    name, enabled = body.get("name"), flag(body.get("enabled"))
    if name is not None and not isinstance(name, str):
        raise Refusal(400, "name is a string")
    _free(place, name)
    made = account_of(request).add_key(place, name or None, enabled=enabled is not False)
    return web.json_response(shown(made))


async def update(request: web.Request) -> web.Response:
    """Name, enable, disable or dedicate a key."""
    place, body = _place(request), await body_of(request)
    key = _key(place, request.match_info["key"])
    enabled = flag(body.get("enabled"))
    if key.root and enabled is False:
        raise Refusal(403, "The root key cannot be disabled")
    purposes = as_list(body.get("dedicated_for"))
    if set(purposes) - {PURPOSE}:
        raise Refusal(400, f"dedicated_for is {PURPOSE}")
    _free(place, body.get("name"), key)
    key.name = body.get("name", key.name)
    key.enabled = key.enabled if enabled is None else enabled
    if purposes:
        _dedicate(place, key, purposes)
    key.updated_at = account_of(request).stamp()
    return web.json_response(shown(key, secret=request.app[SECRETS_ON_READ]))


def _dedicate(place: Place, key: AccessKey, purposes: list[str]) -> None:
    """There is one holder; the former one loses it."""
    for other in place.keys:
        other.dedicated_for = []
    key.dedicated_for = purposes


def _remove(place: Place, key: AccessKey) -> web.Response:
    if key.root:
        raise Refusal(403, "The root key cannot be deleted")
    place.keys.remove(key)
    return web.json_response({"message": "ok"})


async def delete(request: web.Request) -> web.Response:
    """Delete by API key."""
    place = _place(request)
    return _remove(place, _key(place, request.match_info["key"]))


async def delete_by_name(request: web.Request) -> web.Response:
    """Delete by name: in the query, a form or JSON."""
    place = _place(request)
    name = request.query.get("name") or (await body_of(request)).get("name")
    if not name:
        raise Refusal(400, "name is missing")
    found = [key for key in place.keys if key.name == name]
    if not found:
        raise Refusal(404, "not found")
    return _remove(place, found[0])
