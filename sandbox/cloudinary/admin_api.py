"""The Admin API as a customer's program calls it, to show what an access key can do right now."""

from aiohttp import web

from sandbox.cloudinary.records import AccessKey, Assignment, Environment
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import ENABLED, account_of, pair_of
from sandbox.cloudinary.roles import MASTER


async def ping(request: web.Request) -> web.Response:
    """Accept an enabled key of an enabled environment, even one without any role."""
    _signed_in(request)
    return web.json_response({"status": "ok"})


async def images(request: web.Request) -> web.Response:
    """List the images (always none); in an account with roles, the key needs the master role."""
    environment, key = _signed_in(request)
    role = Assignment("apiKey", key.api_key, MASTER, environment.id)
    if request.app[ENABLED] and role not in account_of(request).contents.assignments:
        reason = 'Request forbidden due to missing permissions (actions=["read"])'
        raise Refusal(403, f"[prodenv:{environment.id}] {reason}")
    return web.json_response({"resources": []})


def _signed_in(request: web.Request) -> tuple[Environment, AccessKey]:
    pair = pair_of(request)
    for environment in account_of(request).contents.environments:
        if environment.cloud_name == request.match_info["cloud_name"] and environment.enabled:
            for key in environment.keys:
                if key.enabled and (key.api_key, key.api_secret) == pair:
                    return environment, key
    raise Refusal(401, "Invalid credentials")
