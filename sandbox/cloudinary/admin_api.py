"""The Admin and Upload APIs as a customer's program calls them, with an access key.

They show what a key can do right now: in an account with roles, Cedar decides from the policies
that the Permissions API answers for the key.
"""

import json
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sandbox.cloudinary.holders import Resource, may
from sandbox.cloudinary.queries import query_of
from sandbox.cloudinary.records import AccessKey, Asset, Environment
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import ENABLED, Json, account_of, as_list, body_of, pair_of
from sandbox.cloudinary.signatures import is_signed, to_sign
from sandbox.cloudinary.state import Account

UNREADABLE: Final = (AssertionError, HttpProcessingError, LookupError, RuntimeError, ValueError)
"""What aiohttp raises for a form that is damaged."""
ANY: Final = Asset("", "", "", "")
"""An asset outside every folder: who may do something with it may do it with all."""


@dataclass(frozen=True)
class Caller:
    """A key that has proven itself, and what it may do."""

    account: Account
    environment: Environment
    key: AccessKey
    has_roles: bool

    def require(self, action: str, resource: Resource) -> None:
        """Refuse what the key's roles do not allow, with the live service's text."""
        principal = ("apiKey", self.key.api_key)
        contents, where = self.account.contents, self.environment.id
        if self.has_roles and not may(contents, principal, where, action, resource):
            raise forbidden(where, action)

    def find(self, public_id: str) -> Asset | None:
        """The asset with this public id."""
        found = (asset for asset in self.environment.assets if asset.public_id == public_id)
        return next(found, None)


def forbidden(environment_id: str, action: str) -> Refusal:
    """The answer to a key or an account key that lacks a role."""
    reason = f"Request forbidden due to missing permissions (actions={json.dumps([action])})"
    return Refusal(403, f"[prodenv:{environment_id}] {reason}")


def resource_of(asset: Asset) -> Resource:
    """An asset in Cedar; a folder's external id is its path, and it has all folders above it."""
    parts = asset.folder.split("/") if asset.folder else []
    above = ["/".join(parts[: i + 1]) for i in range(len(parts))]
    attributes = {"ancestor_ids": above, "collection_ids": [], "resource_type": "image"}
    return Resource("Asset", asset.public_id, attributes)


async def ping(request: web.Request) -> web.Response:
    """Accept an enabled key of an enabled environment, even one without any role."""
    _signed_in(request)
    return web.json_response({"status": "ok"})


async def usage(request: web.Request) -> web.Response:
    """Give the usage, for a key that may read the report."""
    _signed_in(request).require("read", Resource("Report", "usage", {"type": "env_usage"}))
    return web.json_response({"plan": "Sandbox", "resources": 0})


async def images(request: web.Request) -> web.Response:
    """List the images, for a key that may read all of them."""
    caller = _signed_in(request)
    caller.require("read", resource_of(ANY))
    return web.json_response({"resources": [_shown(asset) for asset in caller.environment.assets]})


async def image(request: web.Request) -> web.Response:
    """Give one image, for a key that may read it."""
    caller, public_id = _signed_in(request), request.match_info["public_id"]
    found = caller.find(public_id)
    caller.require("read", resource_of(found or ANY))
    if found is None:
        raise Refusal(404, f"Resource not found - {public_id}")
    return web.json_response(_shown(found))


async def delete(request: web.Request) -> web.Response:
    """Delete images by their public ids: all of them, or none if the key may not."""
    caller, body = _signed_in(request), await body_of(request)
    ids = query_of(request).texts("public_ids") or as_list(body.get("public_ids"))
    for public_id in ids or [""]:
        caller.require("delete", resource_of(caller.find(public_id) or ANY))
    found = {id_: "deleted" if caller.find(id_) else "not_found" for id_ in ids}
    environment = caller.environment
    environment.assets = [asset for asset in environment.assets if asset.public_id not in ids]
    return web.json_response({"deleted": found, "partial": False})


async def destroy(request: web.Request) -> web.Response:
    """Delete one image by a signed request."""
    caller, fields = await _signed(request)
    found = caller.find(fields.get("public_id", ""))
    caller.require("delete", resource_of(found or ANY))
    if found:
        caller.environment.assets.remove(found)
    return web.json_response({"result": "ok" if found else "not found"})


async def upload(request: web.Request) -> web.Response:
    """Note an uploaded image by a signed request; the file itself is thrown away."""
    caller, fields = await _signed(request)
    folder = (fields.get("asset_folder") or fields.get("folder") or "").strip("/")
    new = caller.account.new_asset(fields.get("public_id"), folder)
    found = caller.find(new.public_id)
    if found:
        caller.require("update", resource_of(found))
    caller.require("create", resource_of(new))
    if found:
        caller.environment.assets.remove(found)
    caller.environment.assets.append(new)
    return web.json_response(_shown(new))


def _shown(asset: Asset) -> Json:
    return {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "resource_type": "image",
        "type": "upload",
        "created_at": asset.created_at,
        "asset_folder": asset.folder,
    }


def _signed_in(request: web.Request) -> Caller:
    """The key of HTTP basic authentication."""
    api_key, secret = pair_of(request)
    caller = _caller(request, api_key)
    if caller is None or caller.key.api_secret != secret:
        raise Refusal(401, "Invalid credentials")
    return caller


async def _signed(request: web.Request) -> tuple[Caller, dict[str, str]]:
    """The key that signed the form, or that of HTTP basic authentication; and the form's fields."""
    try:
        form = await request.post()
    except UNREADABLE:
        raise Refusal(400, "The form cannot be read") from None
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if "api_key" not in fields:
        return _signed_in(request), fields
    caller = _caller(request, fields["api_key"])
    if caller is None:
        raise Refusal(401, f"Unknown API key {fields['api_key']}")
    if not is_signed(fields, caller.key.api_secret):
        text = to_sign(fields, encoded=True)
        raise Refusal(
            401, f"Invalid Signature {fields.get('signature', '')}. String to sign - '{text}'."
        )
    return caller, fields


def _caller(request: web.Request, api_key: str) -> Caller | None:
    """The enabled key, if the environment is enabled and has it."""
    account = account_of(request)
    for environment in account.contents.environments:
        if environment.cloud_name == request.match_info["cloud_name"] and environment.enabled:
            for key in environment.keys:
                if key.enabled and key.api_key == api_key:
                    return Caller(account, environment, key, request.app[ENABLED])
    return None
