"""The side that customers' programs use (Admin API): what a pair of key and secret may do now."""

from aiohttp import web

from sandbox.cloudinary.asking import ENABLED, account_of, pair_of
from sandbox.cloudinary.records import AccessKey, Assignment, Place
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.roles import MASTER


async def ping(request: web.Request) -> web.Response:
    """Answer an enabled pair of an enabled environment; it needs no role, which misleads people."""
    _signed_in(request)
    return web.json_response({"status": "ok"})


async def images(request: web.Request) -> web.Response:
    """List the images, of which there are none; with roles in the account, it takes one."""
    place, key = _signed_in(request)
    role = Assignment("apiKey", key.api_key, MASTER, place.id)
    if request.app[ENABLED] and role not in account_of(request).contents.assignments:
        reason = 'Request forbidden due to missing permissions (actions=["read"])'
        raise Refusal(403, f"[prodenv:{place.id}] {reason}")
    return web.json_response({"resources": []})


def _signed_in(request: web.Request) -> tuple[Place, AccessKey]:
    pair = pair_of(request)
    for place in account_of(request).contents.places:
        if place.cloud_name == request.match_info["cloud_name"] and place.enabled:
            for key in place.keys:
                if key.enabled and (key.api_key, key.api_secret) == pair:
                    return place, key
    raise Refusal(401, "Invalid credentials")
