"""The baselines that Keysmith is measured against; each runs in its own process."""

import base64
import os
import sys
from collections.abc import Callable

from aiohttp import web
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from redis.asyncio import Redis
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck

SECRET = "5ad0c0de5ad0c0de5ad0c0de5ad0c0de"
TTL = 600  # seconds


def bolt(*, inline: bool) -> web.Application:
    """Build a stock Bolt app with one listener, which only acks."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T0LUMEN01", bot_token="xoxb-none")

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=inline)

    @app.command("/cld")
    async def ack_alone(ack: AsyncAck) -> None:
        await ack()

    return app.web_app(path="/slack/events")


def sealed(socket: str) -> web.Application:
    """The least that a link can cost: encrypt and store, then fetch, delete and answer."""
    redis: Redis = Redis(unix_socket_path=socket)

    async def create(_: web.Request) -> web.Response:
        key, nonce = AESGCM.generate_key(256), os.urandom(12)
        text = nonce + AESGCM(key).encrypt(nonce, os.urandom(200), b"id")
        link = base64.urlsafe_b64encode(os.urandom(16)).decode()
        await redis.set(link, text, ex=TTL)
        return web.Response(text=link)

    async def take(request: web.Request) -> web.Response:
        found = await redis.getdel(request.match_info["id"])
        return web.Response(body=base64.b64encode(found if isinstance(found, bytes) else b""))

    app = web.Application()
    app.router.add_post("/links", create)
    app.router.add_post("/links/{id}", take)
    return app


MAKERS: dict[str, Callable[[str], web.Application]] = {
    "stock": lambda _: bolt(inline=False),
    "inline": lambda _: bolt(inline=True),
    "sealed": sealed,
}


if __name__ == "__main__":
    kind, port, *rest = sys.argv[1:]
    application = MAKERS[kind](rest[0] if rest else "")
    web.run_app(application, host="127.0.0.1", port=int(port), print=None, access_log=None)
