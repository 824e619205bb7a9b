"""Refusals in Cloudinary's two envelopes, and the sign-in of both APIs."""

import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from sandbox.cloudinary.state import NotThere

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fields = Sequence[str | Mapping[str, object]]


class Refusal(Exception):
    """An answer that is not 200; texts marked so in the README are the sandbox's own."""

    def __init__(self, status: int, message: str, fields: Fields = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields


def missing(*names: str) -> Refusal:
    """What the Permissions API says of fields that are not there."""
    return Refusal(400, "missing fields", names)


def invalid(name: str, value: object) -> Refusal:
    """What the Permissions API says of a field that makes no sense."""
    return Refusal(400, "invalid request", ({name: value},))


def not_there(name: str, value: object) -> Refusal:
    """What the Permissions API says of an id that nothing has."""
    return Refusal(404, "not found", ({name: value},))


_CODES = {
    400: ("user_error", "ACCOUNTS_00005"),
    404: ("server_error", "ACCOUNTS_00003"),
    500: ("server_error", "ACCOUNTS_00001"),
}
_OTHER = ("user_error", "ACCOUNTS_00006")


def envelope(path: str, status: int, message: str, fields: Fields = ()) -> web.Response:
    """The body of a refusal: a richer one under /v2/."""
    if not path.startswith("/v2/"):
        return web.json_response({"error": {"message": message}}, status=status)
    category, code = _CODES.get(status, _OTHER)
    error: dict[str, object] = {"category": category, "code": code, "message": message}
    if fields:
        error["details"] = {"fields": list(fields)}
    return web.json_response({"error": error}, status=status)


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals, and what is not there, into Cloudinary's JSON."""
    if request.path.startswith(("/sandbox", "/page")) or request.path == "/":
        return await handler(request)
    try:
        return await handler(request)
    except Refusal as refusal:
        return envelope(request.path, refusal.status, refusal.message, refusal.fields)
    except (NotThere, web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return envelope(request.path, 404, "not found")


def signing_in(
    account_id: str, key: str, secret: str
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """A middleware that lets the account key in, and nobody else."""
    expected = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()

    @web.middleware
    async def sign_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        wanted = request.match_info.get("account_id")
        if wanted is None:
            return await handler(request)
        given = request.headers.get("Authorization", "")
        right = hmac.compare_digest(given.encode(), expected.encode())
        if not right or wanted.lower() != account_id:
            v2 = request.path.startswith("/v2/")
            raise Refusal(401, "invalid credentials" if v2 else "Invalid credentials")
        return await handler(request)

    return sign_in
