"""Access keys, as the live service answers: more fields than its document, in this order."""

from aiohttp import web

from sandbox.cloudinary.asking import SECRETS_ON_READ, Json, account_of
from sandbox.cloudinary.fields import fields_of
from sandbox.cloudinary.lists import ordered, page_of
from sandbox.cloudinary.records import AccessKey, Place
from sandbox.cloudinary.refusals import Refusal

SORTS = {name: name for name in ("api_key", "created_at", "name", "enabled")}
PURPOSE = "webhooks"
MOST_PAGES = 100


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
    part = page_of(request, MOST_PAGES).of(ordered(request, keys, SORTS))
    return web.json_response({"access_keys": part, "total": len(keys)})


async def generate(request: web.Request) -> web.Response:
    """Make a key; without a word on it, an enabled one."""
    place, fields = _place(request), await fields_of(request)
    name, enabled = fields.word("name"), fields.flag("enabled")
    _free(place, name)
    made = account_of(request).add_key(place, name, enabled=enabled is not False)
    return web.json_response(shown(made))


async def update(request: web.Request) -> web.Response:
    """Name, enable, disable or dedicate a key."""
    place, fields = _place(request), await fields_of(request)
    key = _key(place, request.match_info["key"])
    name, enabled = fields.word("name"), fields.flag("enabled")
    purpose = fields.choice("dedicated_for", (PURPOSE,))
    if key.root and enabled is False:
        raise Refusal(403, "The root key cannot be disabled")
    _free(place, name, key)
    key.name = name or key.name
    key.enabled = key.enabled if enabled is None else enabled
    if purpose:
        _dedicate(place, key, purpose)
    key.updated_at = account_of(request).stamp()
    return web.json_response(shown(key, secret=request.app[SECRETS_ON_READ]))


def _dedicate(place: Place, key: AccessKey, purpose: str) -> None:
    """There is one holder; the former one loses it."""
    for other in place.keys:
        other.dedicated_for = []
    key.dedicated_for = [purpose]


def _remove(request: web.Request, place: Place, key: AccessKey) -> web.Response:
    if key.root:
        raise Refusal(403, "The root key cannot be deleted")
    account_of(request).remove_key(place, key)
    return web.json_response({"message": "ok"})


async def delete(request: web.Request) -> web.Response:
    """Delete by API key."""
    place = _place(request)
    return _remove(request, place, _key(place, request.match_info["key"]))


async def delete_by_name(request: web.Request) -> web.Response:
    """Delete by name: in the query, a form or JSON."""
    place, fields = _place(request), await fields_of(request)
    name = request.query.get("name") or fields.needed("name")
    for key in place.keys:
        if key.name == name:
            return _remove(request, place, key)
    raise Refusal(404, "not found")
