"""Reading requests in every encoding that Cloudinary's own clients use."""

import base64
import binascii
import json
from collections.abc import Collection
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account

ACCOUNT = web.AppKey("account", Account)
SECRETS_ON_READ = web.AppKey("secrets_on_read", bool)
ENABLED = web.AppKey("permissions_enabled", bool)
"""Whether the account has the Permissions API."""
MAX_IDS = 100
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
    """The fields of a body, either JSON or the form that the Node client sends."""
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
    return found


def flag(name: str, value: object) -> bool:
    """Read a boolean, which some clients send as the word `true` or `false`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise Refusal(400, f"{name} is not a boolean")


def query_flag(request: web.Request, name: str) -> bool | None:
    """A boolean parameter of the query; None if it is absent."""
    return flag(name, request.query[name]) if name in request.query else None


def query_list(request: web.Request, name: str) -> list[str]:
    """A list parameter of the query: `a=1&a=2`, `a[]=1&a[]=2` or `a=1,2`."""
    found = [*request.query.getall(name, []), *request.query.getall(f"{name}[]", [])]
    values = [part for value in found for part in value.split(",") if part]
    if len(values) > MAX_IDS:
        raise Refusal(400, f"{name}: no more than {MAX_IDS}")
    return values


def query_choice(request: web.Request, name: str, allowed: Collection[str]) -> str | None:
    """A parameter of the query that takes one of the documented values; None if it is absent."""
    value = request.query.get(name)
    if value is not None and value not in allowed:
        raise Refusal(400, f"{name} is one of {', '.join(allowed)}")
    return value


def as_list(value: object) -> list[str]:
    """Read a list, which some clients send as one string with commas."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else str(value).split(",")
