"""Error answers in Cloudinary's two formats, and the authentication of both APIs."""

import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from sandbox.cloudinary.state import NotThere

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fields = Sequence[str | Mapping[str, object]]


class Refusal(Exception):
    """An error answer; the README says which texts are the sandbox's own."""

    def __init__(self, status: int, message: str, fields: Fields = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields


def missing(*names: str) -> Refusal:
    """The Permissions API's error for missing fields."""
    return Refusal(400, "missing fields", names)


def invalid(name: str, value: object) -> Refusal:
    """The Permissions API's error for an invalid field."""
    return Refusal(400, "invalid request", ({name: value},))


def not_there(name: str, value: object) -> Refusal:
    """The Permissions API's error for an unknown id."""
    return Refusal(404, "not found", ({name: value},))


_CODES = {
    400: ("user_error", "ACCOUNTS_00005"),
    404: ("server_error", "ACCOUNTS_00003"),
    500: ("server_error", "ACCOUNTS_00001"),
}
_OTHER = ("user_error", "ACCOUNTS_00006")


def envelope(path: str, status: int, message: str, fields: Fields = ()) -> web.Response:
    """The body of an error answer, which has more fields under /v2/."""
    if not path.startswith("/v2/"):
        return web.json_response({"error": {"message": message}}, status=status)
    category, code = _CODES.get(status, _OTHER)
    error: dict[str, object] = {"category": category, "code": code, "message": message}
    if fields:
        error["details"] = {"fields": list(fields)}
    return web.json_response({"error": error}, status=status)


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals and unknown ids and paths into Cloudinary's JSON."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return envelope(request.path, refusal.status, refusal.message, refusal.fields)
    except NotThere:
        return envelope(request.path, 404, "not found")
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.path.startswith(("/sandbox", "/page")) or request.path == "/":
            raise
        return envelope(request.path, 404, "not found")


def signing_in(
    account_id: str, key: str, secret: str
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Build the middleware that accepts the account key and no other credentials."""
    expected = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()

    @web.middleware
    async def sign_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        requested = request.match_info.get("account_id")
        if requested is None:
            return await handler(request)
        given = request.headers.get("Authorization", "")
        right = hmac.compare_digest(given.encode(), expected.encode())
        if not right or requested.lower() != account_id:
            v2 = request.path.startswith("/v2/")
            raise Refusal(401, "invalid credentials" if v2 else "Invalid credentials")
        return await handler(request)

    return sign_in
