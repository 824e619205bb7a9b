"""The simulated Slack as one aiohttp application, which holds all of its state."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from sandbox.slack import replies
from sandbox.slack.config import SlackConfig
from sandbox.slack.control import (
    actions,
    duplicates,
    faults,
    queries,
    reactions,
    settings,
    sign_in,
    submissions,
)
from sandbox.slack.control.guard import guard
from sandbox.slack.refusals import Refusal
from sandbox.slack.sockets import SOCKET, DisconnectReason
from sandbox.slack.twin import TWIN, build
from sandbox.slack.web import authorize, discovery, files
from sandbox.slack.webapi import endpoint
from sandbox.slack.workspace import Workspace

_PAGE = Path(__file__).parent / "page"
_MAX_BYTES = 4 * 1024 * 1024  # of a request's body; Slack's own limit is not published
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def _page(request: web.Request) -> web.StreamResponse:
    """Serve a file of the web page; `/` is its index."""
    file = (_PAGE / request.match_info.get("path", "index.html")).resolve()
    if not file.is_relative_to(_PAGE) or not file.is_file():
        raise web.HTTPNotFound(text="There is no such page.")
    return web.FileResponse(file, headers=_PAGE_HEADERS)


async def _socket(request: web.Request) -> web.StreamResponse:
    twin = request.app[TWIN]
    try:
        return await twin.sockets.serve(request, twin.faults.take(SOCKET))
    except Refusal as refusal:
        return web.Response(status=refusal.status, headers=refusal.headers)


ROUTES = (
    web.get("/", _page),
    web.get("/page/{path:.+}", _page),
    web.get("/api/{method}", endpoint.serve),
    web.post("/api/{method}", endpoint.serve),
    web.post("/response/{path:.+}", replies.serve),
    web.get("/socket/{ticket}", _socket),
    web.get(discovery.CONFIGURATION, discovery.configuration),
    web.get(discovery.KEYS, discovery.keys),
    web.get(discovery.AUTHORIZE, authorize.show),
    web.post(discovery.AUTHORIZE, authorize.choose),
    web.post("/upload/v1/{ticket}", files.upload),
    web.get("/files-pri/{file}/{name}", files.download),
    web.get("/sandbox/file/{id}", queries.file),
    web.get("/sandbox/workspace", queries.workspace),
    web.get("/sandbox/screen", queries.screen),
    web.get("/sandbox/stream", queries.stream),
    web.get("/sandbox/outbox", queries.outbox),
    web.delete("/sandbox/outbox", queries.clear_outbox),
    web.get("/sandbox/violations", queries.violations),
    web.get("/sandbox/previews", queries.previews),
    web.post("/sandbox/command", actions.command),
    web.post("/sandbox/message", actions.message),
    web.post("/sandbox/click", actions.click),
    web.post("/sandbox/suggest", actions.suggest),
    web.post("/sandbox/shortcut", actions.shortcut),
    web.post("/sandbox/home", actions.home),
    web.post("/sandbox/reload", actions.reload),
    web.post("/sandbox/react", reactions.reaction),
    web.post("/sandbox/submit", submissions.submit),
    web.post("/sandbox/close", submissions.close),
    web.post("/sandbox/sign_in", sign_in.sign_in),
    web.post("/sandbox/openid", sign_in.openid),
    web.post("/sandbox/faults", faults.add_fault),
    web.delete("/sandbox/faults", faults.clear_faults),
    web.post("/sandbox/deliver", faults.deliver),
    web.post("/sandbox/replay", faults.replay),
    web.post("/sandbox/event", faults.event),
    web.get("/sandbox/duplicates", duplicates.duplicates),
    web.post("/sandbox/duplicates", duplicates.duplicate),
    web.post("/sandbox/disorder", duplicates.disorder),
    web.post("/sandbox/disconnect", duplicates.disconnect),
    web.post("/sandbox/speed", settings.speed),
    web.post("/sandbox/tiers", settings.tiers),
    web.post("/sandbox/previewer", settings.previewer),
    web.post("/sandbox/person", settings.person),
    web.post("/sandbox/grid", settings.grid),
    web.post("/sandbox/channel", settings.channel),
    web.post("/sandbox/usergroup", settings.usergroup),
    web.post("/sandbox/bot", settings.bot),
    web.post("/sandbox/reset", settings.reset),
)


async def _end_streams(app: web.Application) -> None:
    """End the open streams, for which a stopping server would wait."""
    app[TWIN].screens.close()
    await app[TWIN].sockets.disconnect(DisconnectReason.REFRESH_REQUESTED)


def create_app(workspace: Workspace, config: SlackConfig) -> web.Application:
    """Build the workspace's server; the caller runs it at `config.public_url`."""

    async def lifetime(app: web.Application) -> AsyncIterator[None]:
        async with build(workspace, config) as twin:
            app[TWIN] = twin
            yield

    app = web.Application(middlewares=[guard], client_max_size=_MAX_BYTES)
    app.cleanup_ctx.append(lifetime)
    app.on_shutdown.append(_end_streams)
    app.add_routes(ROUTES)
    return app
