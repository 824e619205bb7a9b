"""The simulated Cloudinary account as one aiohttp application, which holds all of its state."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox import at_cloudinary
from sandbox.cloudinary import certificates, control
from sandbox.cloudinary.coverage import ADMIN_API, SIMULATED
from sandbox.cloudinary.faults import TRAFFIC, ApiWatch, Traffic, no_watch, record_traffic
from sandbox.cloudinary.refusals import refusing, signing_in
from sandbox.cloudinary.requests import ACCOUNT, ENABLED, SECRETS_ON_READ
from sandbox.cloudinary.state import Account
from sandbox.large import COMPANY, Seed

ACCOUNT_KEY = "000000000000000"
ACCOUNT_SECRET = "sandbox-account-secret"
UPLOAD_LIMIT = 32 * 2**20
"""Bytes of a request."""
PAGE = Path(__file__).parent / "page"
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}
CONTROL = (
    web.get("/sandbox/state", control.state),
    web.post("/sandbox/reset", control.reset),
    web.post("/sandbox/faults", control.add_fault),
    web.delete("/sandbox/faults", control.clear_faults),
    web.post("/sandbox/own_role", control.own_role),
    web.post("/sandbox/users/{user_id}", control.user),
    web.post("/sandbox/certificate", control.certificate),
    web.get("/sandbox/requests", control.calls),
    web.delete("/sandbox/requests", control.clear_calls),
)


def _now() -> datetime:
    return datetime.now(UTC)


async def _page(request: web.Request) -> web.StreamResponse:
    file = (PAGE / request.match_info.get("path", "index.html")).resolve()
    if not file.is_relative_to(PAGE) or not file.is_file():
        raise web.HTTPNotFound(text="There is no such page.")
    return web.FileResponse(file, headers=PAGE_HEADERS)


def create_app(
    state_file: Path | None = None,
    *,
    permissions: bool = False,
    secrets_on_read: bool = True,
    now: Callable[[], datetime] = _now,
    api_watch: ApiWatch = no_watch,
    seed: Seed = COMPANY,
) -> web.Application:
    """Build the account's server; it keeps its state in `state_file` if that is given.

    `permissions` gives the account the Permissions API. `secrets_on_read` is whether reading a key
    also gives its secret, as the live service does. `api_watch` gets every call and its answer.
    `seed` is what the account has at first.
    """
    sign_in = signing_in(at_cloudinary.ACCOUNT_ID, ACCOUNT_KEY, ACCOUNT_SECRET)
    app = web.Application(
        middlewares=[control.local, record_traffic, refusing, sign_in],
        client_max_size=UPLOAD_LIMIT,
    )
    app.cleanup_ctx.append(certificates.lifetime)
    app[ACCOUNT] = Account(now, state_file, seed, ACCOUNT_KEY)
    app[TRAFFIC] = Traffic(api_watch=api_watch)
    app[ENABLED] = permissions
    app[SECRETS_ON_READ] = secrets_on_read
    for (method, path), handler in (SIMULATED | ADMIN_API).items():
        app.router.add_route(method, path, handler)
    app.add_routes([*CONTROL, web.get("/", _page), web.get("/page/{path:.+}", _page)])
    return app
