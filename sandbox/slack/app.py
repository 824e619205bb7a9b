"""The Slack side of the sandbox: one aiohttp application, no state outside it."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from sandbox.slack import replies
from sandbox.slack.config import SlackConfig
from sandbox.slack.control import (
    acting,
    breaking,
    doubling,
    looking,
    reacting,
    setting,
    signing_in,
    submitting,
)
from sandbox.slack.control.guard import guard
from sandbox.slack.files import serving
from sandbox.slack.openid import authorizing, discovery
from sandbox.slack.sockets import Goodbye
from sandbox.slack.twin import TWIN, build
from sandbox.slack.webapi import endpoint
from sandbox.slack.workspace import Workspace

_PAGE = Path(__file__).parent / "page"
_MOST_BYTES = 4 * 1024 * 1024  # of a request's body; Slack's own limit is not published
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
    """A file of the page; `/` is its index."""
    wanted = (_PAGE / request.match_info.get("path", "index.html")).resolve()
    if not wanted.is_relative_to(_PAGE) or not wanted.is_file():
        raise web.HTTPNotFound(text="There is no such page.")
    return web.FileResponse(wanted, headers=_PAGE_HEADERS)


async def _socket(request: web.Request) -> web.StreamResponse:
    return await request.app[TWIN].sockets.serve(request)


ROUTES = (
    web.get("/", _page),
    web.get("/page/{path:.+}", _page),
    web.get("/api/{method}", endpoint.serve),
    web.post("/api/{method}", endpoint.serve),
    web.post("/response/{path:.+}", replies.serve),
    web.get("/socket/{ticket}", _socket),
    web.get(discovery.CONFIGURATION, discovery.configuration),
    web.get(discovery.KEYS, discovery.keys),
    web.get(discovery.AUTHORIZE, authorizing.show),
    web.post(discovery.AUTHORIZE, authorizing.choose),
    web.post("/upload/v1/{ticket}", serving.upload),
    web.get("/files-pri/{place}/{name}", serving.download),
    web.get("/sandbox/file/{id}", serving.look),
    web.get("/sandbox/workspace", looking.workspace),
    web.get("/sandbox/screen", looking.screen),
    web.get("/sandbox/stream", looking.stream),
    web.get("/sandbox/outbox", looking.outbox),
    web.delete("/sandbox/outbox", looking.clear_outbox),
    web.get("/sandbox/violations", looking.violations),
    web.get("/sandbox/previews", looking.previews),
    web.post("/sandbox/command", acting.command),
    web.post("/sandbox/message", acting.message),
    web.post("/sandbox/click", acting.click),
    web.post("/sandbox/suggest", acting.suggest),
    web.post("/sandbox/shortcut", acting.shortcut),
    web.post("/sandbox/home", acting.home),
    web.post("/sandbox/reload", acting.reload),
    web.post("/sandbox/react", reacting.reaction),
    web.post("/sandbox/submit", submitting.submit),
    web.post("/sandbox/close", submitting.close),
    web.post("/sandbox/sign_in", signing_in.sign_in),
    web.post("/sandbox/openid", signing_in.openid),
    web.post("/sandbox/faults", breaking.add_fault),
    web.delete("/sandbox/faults", breaking.clear_faults),
    web.post("/sandbox/deliver", breaking.deliver),
    web.post("/sandbox/replay", breaking.replay),
    web.post("/sandbox/event", breaking.event),
    web.get("/sandbox/duplicates", doubling.duplicates),
    web.post("/sandbox/duplicates", doubling.duplicate),
    web.post("/sandbox/disorder", doubling.disorder),
    web.post("/sandbox/disconnect", doubling.disconnect),
    web.post("/sandbox/speed", setting.speed),
    web.post("/sandbox/tiers", setting.tiers),
    web.post("/sandbox/previewer", setting.previewer),
    web.post("/sandbox/person", setting.person),
    web.post("/sandbox/channel", setting.channel),
    web.post("/sandbox/usergroup", setting.usergroup),
    web.post("/sandbox/bot", setting.bot),
    web.post("/sandbox/reset", setting.reset),
)


async def _end_streams(app: web.Application) -> None:
    """A server that stops waits for its streams, so end them."""
    app[TWIN].screens.close()
    await app[TWIN].sockets.disconnect(Goodbye.REFRESH_REQUESTED)


def create_app(workspace: Workspace, config: SlackConfig) -> web.Application:
    """Build the workspace's server; it runs where the caller puts it (`config.public_url`)."""

    async def lifetime(app: web.Application) -> AsyncIterator[None]:
        async with build(workspace, config) as twin:
            app[TWIN] = twin
            yield

    app = web.Application(middlewares=[guard], client_max_size=_MOST_BYTES)
    app.cleanup_ctx.append(lifetime)
    app.on_shutdown.append(_end_streams)
    app.add_routes(ROUTES)
    return app
