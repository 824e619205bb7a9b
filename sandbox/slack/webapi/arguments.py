"""Reading a call's arguments, in every encoding that Slack accepts."""

import json
from collections.abc import Iterator

from aiohttp import web

from sandbox.slack.openid.grants import basic
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.webapi.reference import Document

# Arguments that hold JSON; a form or a query carries them as a string.
_STRUCTURED = frozenset({"attachments", "blocks", "files", "metadata", "view"})
_TRUTH = {"1": True, "true": True, "0": False, "false": False}
_CHARSETS = frozenset({"utf-8", "iso-8859-1"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


async def read(request: web.Request) -> Payload:
    """Read the arguments of a GET or POST from query, form or JSON, without decoding them."""
    arguments: Payload = dict(request.query)
    if request.method == "POST" and request.body_exists:
        if (request.charset or "utf-8").lower() not in _CHARSETS:
            raise Refusal("invalid_charset")
        if request.content_type == "application/json":
            arguments |= await _json(request)
        elif request.content_type in _FORMS:
            arguments |= dict(await request.post())
        else:
            raise Refusal("invalid_post_type")
    return arguments


async def _json(request: web.Request) -> Payload:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError as error:
        raise Refusal("invalid_json") from error
    if not isinstance(body, dict):
        raise Refusal("json_not_object")
    return body


def token_of(request: web.Request, arguments: Payload) -> str | None:
    """Remove the token from the arguments and give it; a header takes precedence."""
    argument = arguments.pop("token", None)
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer.strip() if scheme == "Bearer" and bearer else argument


def client_of(request: web.Request) -> Payload:
    """The app's client id and secret, if they are in the header."""
    found = basic(request.headers.get("Authorization", ""))
    return {"client_id": found[0], "client_secret": found[1]} if found else {}


def check(arguments: Payload, document: Document) -> Payload:
    """Decode the arguments; refuses missing, unknown and mistyped ones."""
    given = {name: value for name, value in arguments.items() if value is not None}
    problems = [f"[ERROR] unknown argument: {name}" for name in given.keys() - document.types]
    missing = sorted(name for name in document.required if given.get(name, "") == "")
    problems += [f"[ERROR] missing required field: {name}" for name in missing]
    if problems:
        raise Refusal("invalid_arguments", problems)
    decoded = {name: _decode(name, value, document) for name, value in given.items()}
    mistyped = list(_mistyped(decoded, document))
    if mistyped:
        raise Refusal("invalid_arguments", mistyped)
    return decoded


def _decode(name: str, value: object, document: Document) -> object:
    if name in _STRUCTURED and isinstance(value, str):
        return _structure(name, value)
    if document.types[name] == "boolean":
        return _TRUTH.get(str(value).lower(), value)
    if document.types[name] == "number" and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value


def _structure(name: str, text: str) -> object:
    try:
        structure: object = json.loads(text)
    except ValueError as error:
        refusal = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise Refusal(refusal, [f"[ERROR] {name} is not JSON"]) from error
    return structure


def _mistyped(decoded: Payload, document: Document) -> Iterator[str]:
    expected = {"string": str, "boolean": bool, "number": int}
    for name, value in decoded.items():
        kind = expected.get(document.types[name])
        text = document.types[name] == "" and name not in _STRUCTURED
        if (kind is not None and not isinstance(value, kind)) or (
            text and isinstance(value, dict | list)
        ):
            yield f"[ERROR] must be a {document.types[name] or 'string'}: {name}"
