"""The way of each byte to Slack and Cloudinary: by the proxy, or straight where NO_PROXY says so.

Everything here is on this machine: a proxy that works, and one server for all hosts behind it.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import pytest
from aiohttp import ClientSession, TCPConnector, ThreadedResolver, web
from aiohttp.abc import ResolveResult

from bot.adapters.slack.socket import SocketClient
from bot.cards.kit import Message
from bot.domain.jobs import Reply
from bot.errors import SlackAway
from bot.outside import open_cloudinary, open_slack
from bot.settings import Settings, read_settings
from sandbox.ports import HOST
from tests.contracts.test_logs_without_secrets import unheard
from tests.contracts.test_network import certificate
from tests.unit.settings_made import environment
from tests.variables import Variables

__all__ = ["environment"]

SLACK: Final = "slack.com"
HOOKS: Final = "hooks.slack.com"
WEBSOCKET: Final = "wss-primary.slack.com"
CLOUDINARY: Final = "api.cloudinary.com"
ALL: Final = {SLACK, HOOKS, WEBSOCKET, CLOUDINARY}
ALL_IN_ONE: Final = {
    "ok": True,
    "team_id": "T1",
    "channel": {"id": "D1"},
    "sub_accounts": [],
    "url": f"wss://{WEBSOCKET}/link/?ticket=1",
}
"""An answer that every call takes for its own, but no websocket for its opening."""
CHUNK: Final = 65_536


@asynccontextmanager
async def far_away(context: ssl.SSLContext) -> AsyncIterator[tuple[int, Counter[str | None]]]:
    """Serve what Slack and Cloudinary do; gives the port, and counts the calls of each host."""
    called = Counter[str | None]()

    async def answer(request: web.Request) -> web.Response:
        called[request.url.host] += 1
        return web.json_response(ALL_IN_ONE)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0, ssl_context=context).start()
    try:
        yield runner.addresses[0][1], called
    finally:
        await runner.cleanup()


@asynccontextmanager
async def proxy(to: int) -> AsyncIterator[tuple[int, set[str]]]:
    """Lead each way to one port of this machine; gives its own port, and the ways asked for."""
    asked, ways = set[str](), set[asyncio.Task[None]]()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                writer.write(chunk)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.add(head.decode().split(" HTTP/")[0])
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        far_reader, far_writer = await asyncio.open_connection(HOST, to)
        ways.add(asyncio.create_task(forward(far_reader, writer)))
        await forward(reader, far_writer)

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield server.sockets[0].getsockname()[1], asked


@dataclass
class Names(ThreadedResolver):
    """Leads each name to one port of this machine; `asked` has those that were looked up."""

    port: int
    asked: set[str] = field(default_factory=set)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the way."""
        del port, family
        self.asked.add(host)
        return [
            ResolveResult(
                hostname=host,
                host=HOST,
                port=self.port,
                family=socket.AF_INET,
                proto=0,
                flags=0,
            )
        ]


async def call_all(session: ClientSession) -> None:
    """Make a call of each kind; a direct message is sent by a client of its own, in two calls."""
    settings = read_settings(Settings)
    slack, account = open_slack(settings, session), open_cloudinary(settings, session)
    text, reply = Message("hello", ()), Reply(f"https://{HOOKS}/commands/T1/1/x")
    calls: tuple[Callable[[], Awaitable[object]], ...] = (
        slack.workspace,
        partial(slack.direct, "U1", text, mark="", again=False),
        partial(slack.respond, reply, text),
        account.environments,
    )
    for call in calls:
        await call()
    client = SocketClient("xapp-1", settings.slack_api_url, session, unheard)
    with pytest.raises(SlackAway, match="websocket_200"):
        await client.connect()


@pytest.mark.parametrize(
    ("no_proxy", "straight"),
    [
        ("", set()),
        (CLOUDINARY, {CLOUDINARY}),
        (SLACK, {SLACK, HOOKS, WEBSOCKET}),
        (HOOKS, {HOOKS}),
        ("*", ALL),
    ],
)
async def test_each_host_is_reached_by_the_proxy_unless_no_proxy_names_it(
    no_proxy: str, straight: set[str], environment: Variables
) -> None:
    """Slack, its response URLs and websockets, and Cloudinary alike; TLS goes from end to end"""
    authority, context = certificate(*ALL)
    async with far_away(context) as (far, called), proxy(far) as (port, asked):
        environment["HTTPS_PROXY"], environment["NO_PROXY"] = f"http://{HOST}:{port}", no_proxy
        names, trusting = Names(far), ssl.create_default_context(cadata=authority)
        async with ClientSession(connector=TCPConnector(ssl=trusting, resolver=names)) as session:
            await call_all(session)
    assert called == {SLACK: 4, HOOKS: 1, WEBSOCKET: 1, CLOUDINARY: 1}
    assert names.asked == straight
    assert asked == {f"CONNECT {host}:443" for host in ALL - straight}
