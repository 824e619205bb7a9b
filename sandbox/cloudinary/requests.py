"""Reading requests in every encoding that Cloudinary's own clients use."""

import base64
import binascii
import json
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account

ACCOUNT = web.AppKey("account", Account)
SECRETS_ON_READ = web.AppKey("secrets_on_read", bool)
ENABLED = web.AppKey("permissions_enabled", bool)
"""Whether the account has the Permissions API."""
FORM = "application/x-www-form-urlencoded"

Json = dict[str, Any]


def account_of(request: web.Request) -> Account:
    """The account that the request is about."""
    return request.app[ACCOUNT]


def pair_of(request: web.Request) -> tuple[str, str]:
    """The key and the secret of HTTP basic authentication; empty strings without it."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        text = base64.b64decode(given, validate=True).decode() if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    key, _, secret = text.partition(":")
    return key, secret


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # Python reads NaN and Infinity, which JSON does not have


async def body_of(request: web.Request) -> Json:
    """The fields of a body, either JSON or the form that the Node client sends.

    A field that is null is as if absent.
    """
    data = await request.read()
    if request.content_type == FORM:
        return dict(parse_qsl(data.decode(errors="replace"), keep_blank_values=True))
    if not data.strip():
        return {}
    try:
        found = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not valid JSON") from None
    if not isinstance(found, dict):
        raise Refusal(400, "The body is not a JSON object")
    return {name: value for name, value in found.items() if value is not None}


def as_list(value: object) -> list[str]:
    """Read a list, which some clients send as one string with commas."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else str(value).split(",")
