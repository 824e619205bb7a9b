"""Access keys, with the fields that the live service gives beyond its document, in its order."""

from aiohttp import web

from sandbox.cloudinary.admin_api import forbidden
from sandbox.cloudinary.fields import fields_of
from sandbox.cloudinary.holders import Resource, may
from sandbox.cloudinary.lists import ordered, page_of
from sandbox.cloudinary.queries import query_of
from sandbox.cloudinary.records import AccessKey, Environment
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import (
    ENABLED,
    SECRETS_ON_READ,
    Json,
    account_of,
    pair_of,
)

SORTS = {name: name for name in ("api_key", "created_at", "name", "enabled")}
PURPOSE = "webhooks"
MAX_PAGES = 100
KEYS = Resource("Feature", "cld::global::api_keys::manage")
"""What creating a key is about, in Cedar."""


def shown(key: AccessKey, *, secret: bool = True) -> Json:
    """A key as the API gives it."""
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


def _environment(request: web.Request) -> Environment:
    return account_of(request).environment(request.match_info["sub_account_id"])


def _key(environment: Environment, api_key: str) -> AccessKey:
    for key in environment.keys:
        if key.api_key == api_key:
            return key
    raise Refusal(404, "not found")


def _refuse_taken_name(
    environment: Environment, name: str | None, but: AccessKey | None = None
) -> None:
    if name and any(key.name == name and key is not but for key in environment.keys):
        raise Refusal(409, "Already exists")


def _refuse_without_own_role(request: web.Request, environment: Environment) -> None:
    """In an account with roles, the account key needs one in the environment to create keys."""
    contents, caller = account_of(request).contents, ("provisioningKey", pair_of(request)[0])
    if request.app[ENABLED] and not may(contents, caller, environment.id, "create", KEYS):
        raise forbidden(environment.id, "create")


async def index(request: web.Request) -> web.Response:
    """List the keys of an environment."""
    secret = request.app[SECRETS_ON_READ]
    keys = [shown(key, secret=secret) for key in _environment(request).keys]
    part = page_of(request, MAX_PAGES).of(ordered(request, keys, SORTS))
    return web.json_response({"access_keys": part, "total": len(keys)})


async def generate(request: web.Request) -> web.Response:
    """Create a key, which is enabled unless the call says otherwise."""
    environment, fields = _environment(request), await fields_of(request)
    name, enabled = fields.text("name"), fields.flag("enabled")
    _refuse_without_own_role(request, environment)
    _refuse_taken_name(environment, name)
    made = account_of(request).add_key(environment, name, enabled=enabled is not False)
    return web.json_response(shown(made))


async def update(request: web.Request) -> web.Response:
    """Rename, enable, disable or dedicate a key."""
    environment, fields = _environment(request), await fields_of(request)
    key = _key(environment, request.match_info["key"])
    name, enabled = fields.text("name"), fields.flag("enabled")
    purpose = fields.choice("dedicated_for", (PURPOSE,))
    if key.root and enabled is False:
        raise Refusal(403, "The root key cannot be disabled")
    _refuse_taken_name(environment, name, key)
    key.name = name or key.name
    key.enabled = key.enabled if enabled is None else enabled
    if purpose:
        _dedicate(environment, key, purpose)
    key.updated_at = account_of(request).stamp()
    return web.json_response(shown(key, secret=request.app[SECRETS_ON_READ]))


def _dedicate(environment: Environment, key: AccessKey, purpose: str) -> None:
    """Dedicate one key of the environment to a purpose, and no other."""
    for other in environment.keys:
        other.dedicated_for = []
    key.dedicated_for = [purpose]


def _remove(request: web.Request, environment: Environment, key: AccessKey) -> web.Response:
    if key.root:
        raise Refusal(403, "The root key cannot be deleted")
    account_of(request).remove_key(environment, key)
    return web.json_response({"message": "ok"})


async def delete(request: web.Request) -> web.Response:
    """Delete a key by its API key."""
    environment = _environment(request)
    return _remove(request, environment, _key(environment, request.match_info["key"]))


async def delete_by_name(request: web.Request) -> web.Response:
    """Delete a key by its name, which may stand in the query, a form or JSON."""
    environment, fields = _environment(request), await fields_of(request)
    name = query_of(request).text("name") or fields.required("name")
    for key in environment.keys:
        if key.name == name:
            return _remove(request, environment, key)
    raise Refusal(404, "not found")
