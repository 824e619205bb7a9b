"""Product environments (`sub_accounts`)."""

import re

from aiohttp import web

from sandbox.cloudinary.asking import (
    SECRETS_ON_READ,
    Json,
    account_of,
    query_flag,
    query_list,
)
from sandbox.cloudinary.fields import Fields, fields_of
from sandbox.cloudinary.records import Place
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account

CLOUD = re.compile(r"[A-Za-z0-9_-]+")


def shown(place: Place, *, secret: bool = True) -> Json:
    """An environment as the wire has it; its keys go by other names there."""
    keys = [
        {
            "key": key.api_key,
            **({"secret": key.api_secret} if secret else {}),
            "enabled": key.enabled,
        }
        for key in place.keys
    ]
    return {
        "cloud_name": place.cloud_name,
        "name": place.name,
        "enabled": place.enabled,
        "id": place.id,
        "api_access_keys": keys,
        "created_at": place.created_at,
        "updated_at": place.updated_at,
        **({"custom_attributes": place.custom_attributes} if place.custom_attributes else {}),
    }


def _answer(request: web.Request, place: Place) -> web.Response:
    return web.json_response(shown(place, secret=request.app[SECRETS_ON_READ]))


def _place(request: web.Request) -> Place:
    return account_of(request).place(request.match_info["sub_account_id"])


async def index(request: web.Request) -> web.Response:
    """List environments; ids that are given are the only filter."""
    ids, clouds = query_list(request, "ids"), query_list(request, "cloud_names")
    clouds = [cloud.lower() for cloud in clouds]
    enabled, prefix = query_flag(request, "enabled"), request.query.get("prefix", "").lower()
    found = [
        place
        for place in account_of(request).contents.places
        if (ids and place.id in ids)
        or (
            not ids
            and (enabled is None or place.enabled is enabled)
            and (not clouds or place.cloud_name.lower() in clouds)
            and place.name.lower().startswith(prefix)
        )
    ]
    secret = request.app[SECRETS_ON_READ]
    return web.json_response({"sub_accounts": [shown(place, secret=secret) for place in found]})


def _cloud_name(account: Account, fields: Fields, otherwise: str, but: Place | None = None) -> str:
    """The name asked for, or another; nobody else may have it in any case of letters."""
    name = fields.word("cloud_name") or otherwise
    if not CLOUD.fullmatch(name):
        raise Refusal(400, "cloud_name holds letters, digits, hyphens and underscores")
    taken = {place.cloud_name.lower() for place in account.contents.places if place is not but}
    if name.lower() in taken:
        raise Refusal(409, "Already exists")
    return name


async def create(request: web.Request) -> web.Response:
    """Make an environment, with its root key."""
    account, fields = account_of(request), await fields_of(request)
    name, enabled = fields.needed("name"), fields.flag("enabled")
    attributes, base = fields.object("custom_attributes"), fields.word("base_sub_account_id")
    if base and base not in {place.id for place in account.contents.places}:
        raise Refusal(400, "cannot find sub account")
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", name)
    place = account.add_place(name, _cloud_name(account, fields, plain))
    place.custom_attributes = attributes or {}
    place.enabled = enabled is not False
    return web.json_response(shown(place))


async def get(request: web.Request) -> web.Response:
    """One environment."""
    return _answer(request, _place(request))


async def update(request: web.Request) -> web.Response:
    """Change an environment."""
    account, place, fields = account_of(request), _place(request), await fields_of(request)
    name, enabled = fields.word("name"), fields.flag("enabled")
    attributes = fields.object("custom_attributes")
    place.cloud_name = _cloud_name(account, fields, place.cloud_name, place)
    place.name = name or place.name
    place.enabled = place.enabled if enabled is None else enabled
    place.custom_attributes = place.custom_attributes if attributes is None else attributes
    place.updated_at = account.stamp()
    return _answer(request, place)


async def delete(request: web.Request) -> web.Response:
    """Delete an environment."""
    account_of(request).remove_place(_place(request))
    return web.json_response({"message": "ok"})
