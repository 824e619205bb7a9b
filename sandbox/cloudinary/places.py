"""Product environments (`sub_accounts`)."""

from aiohttp import web

from sandbox.cloudinary.asking import (
    SECRETS_ON_READ,
    Json,
    account_of,
    body_of,
    flag,
    query_flag,
    query_list,
)
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account, Place


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


async def index(request: web.Request) -> web.Response:
    """List environments."""
    ids, clouds = query_list(request, "ids"), query_list(request, "cloud_names")
    enabled, prefix = query_flag(request, "enabled"), request.query.get("prefix", "").lower()
    found = account_of(request).contents.places
    if ids:
        found = [place for place in found if place.id in ids]
    else:
        found = [
            place
            for place in found
            if (enabled is None or place.enabled is enabled)
            and (not clouds or place.cloud_name in clouds)
            and place.name.lower().startswith(prefix)
        ]
    secret = request.app[SECRETS_ON_READ]
    return web.json_response({"sub_accounts": [shown(place, secret=secret) for place in found]})


def _cloud_is_free(account: Account, cloud_name: str, but: Place | None = None) -> None:
    taken = (p for p in account.contents.places if p is not but)
    if any(place.cloud_name.lower() == cloud_name.lower() for place in taken):
        raise Refusal(409, "Already exists")


async def create(request: web.Request) -> web.Response:
    """Make an environment, with its root key."""
    account, body = account_of(request), await body_of(request)
    if not body.get("name"):
        raise Refusal(400, "name is missing")
    base = body.get("base_sub_account_id")
    if base and base not in {place.id for place in account.contents.places}:
        raise Refusal(400, "cannot find sub account")
    cloud_name = body.get("cloud_name") or str(body["name"]).replace("_", "-").replace(" ", "-")
    _cloud_is_free(account, cloud_name)
    place = account.add_place(str(body["name"]), cloud_name)
    place.custom_attributes = body.get("custom_attributes") or {}
    place.enabled = flag(body.get("enabled")) is not False
    return web.json_response(shown(place))


async def get(request: web.Request) -> web.Response:
    """One environment."""
    return _answer(request, account_of(request).place(request.match_info["sub_account_id"]))


async def update(request: web.Request) -> web.Response:
    """Change an environment."""
    account, body = account_of(request), await body_of(request)
    place = account.place(request.match_info["sub_account_id"])
    cloud_name = body.get("cloud_name", place.cloud_name)
    _cloud_is_free(account, cloud_name, place)
    enabled = flag(body.get("enabled"))
    place.name, place.cloud_name = body.get("name", place.name), cloud_name
    place.enabled = place.enabled if enabled is None else enabled
    place.custom_attributes = body.get("custom_attributes", place.custom_attributes)
    place.updated_at = account.stamp()
    return _answer(request, place)


async def delete(request: web.Request) -> web.Response:
    """Delete an environment."""
    account = account_of(request)
    account.contents.places.remove(account.place(request.match_info["sub_account_id"]))
    return web.json_response({"message": "ok"})
