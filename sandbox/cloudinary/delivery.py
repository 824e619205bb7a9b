"""The side that customers' programs use: whether a pair works now."""

import base64
import binascii

from aiohttp import web

from sandbox.cloudinary.asking import account_of
from sandbox.cloudinary.refusals import Refusal


async def ping(request: web.Request) -> web.Response:
    """Answer an enabled pair of an enabled environment, and nobody else."""
    api_key, secret = _pair(request)
    for place in account_of(request).contents.places:
        if place.cloud_name == request.match_info["cloud_name"] and place.enabled:
            for key in place.keys:
                if key.enabled and (key.api_key, key.api_secret) == (api_key, secret):
                    return web.json_response({"status": "ok"})
    raise Refusal(401, "Invalid credentials")


def _pair(request: web.Request) -> tuple[str, str]:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        text = base64.b64decode(given, validate=True).decode() if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    api_key, _, secret = text.partition(":")
    return api_key, secret
