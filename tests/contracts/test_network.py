"""The way to other hosts: by which proxy, and each fault on it under its own name."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import aiohttp
import pytest
import trustme
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.network import fault_on_the_way, proxy_for
from bot.adapters.slack.client import Slack
from bot.adapters.slack.socket import SocketClient
from bot.app import open_cloudinary, open_slack
from bot.cards.kit import Message
from bot.domain.jobs import Reply
from bot.errors import ConfigurationError, KeysmithError, SlackAway
from bot.settings import Settings, read_settings
from tests.fakes.scripted_http import ScriptedServer, answer
from tests.unit.settings_made import environment
from tests.variables import Variables, variables

__all__ = ["environment"]

HOST: Final = "127.0.0.1"
FAR: Final = "https://api.far.example"
WRONG: Final = ("socks5://proxy:1", "http://", "http://:80", "http://[::1", "http://p:port")


async def unheard(_: SocketClient, __: SocketModeRequest) -> None:
    """Hear nothing, where no websocket opens."""


@asynccontextmanager
async def listening(answer: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve the same bytes to each connection; gives the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def certificate(*, ends: timedelta) -> tuple[str, ssl.SSLContext]:
    """Make a certificate that ends so long from now; gives its authority and a server's context."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", not_after=datetime.now(UTC) + ends).configure_cert(context)
    return authority.cert_pem.bytes().decode(), context


async def fault(url: str, *, proxy: str | None = None, trusting: str | None = None) -> str:
    """Call a URL that fails, and say why."""
    context = ssl.create_default_context(cadata=trusting)
    limit = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=limit) as session:
        try:
            await session.get(url, proxy=proxy or proxy_for(url), ssl=context)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return fault_on_the_way(error, url)
    raise AssertionError("the call did not fail")


def closed() -> tuple[socket.socket, int]:
    """Bind a port that does not listen, so that no other process gets it."""
    bound = socket.socket()
    bound.bind((HOST, 0))
    return bound, bound.getsockname()[1]


async def test_a_closed_port_and_an_unknown_name_are_told_apart() -> None:
    """Each names the host"""
    bound, port = closed()
    with bound:
        assert (
            await fault(f"http://{HOST}:{port}/") == f"{HOST} accepts no connection on port {port}"
        )
    assert await fault("http://none.invalid/") == "the name of none.invalid is not found (DNS)"


@pytest.mark.parametrize(
    ("ends", "trusted", "said"),
    [
        (timedelta(days=-1), True, "the certificate of localhost has expired"),
        (timedelta(days=1), False, "the certificate of localhost is of an authority"),
    ],
    ids=["expired", "authority"],
)
async def test_a_certificate_is_named_with_its_fault(
    ends: timedelta, said: str, *, trusted: bool
) -> None:
    """An expired one is not an unknown one"""
    authority, context = certificate(ends=ends)
    async with listening(b"", context) as port:
        found = await fault(f"https://localhost:{port}/", trusting=authority if trusted else None)
    assert found.startswith(said)


async def test_a_server_that_speaks_no_tls_or_breaks_off_is_called_that() -> None:
    """Both are faults on the way"""
    async with listening(b"hello, this is no TLS\r\n") as port:
        found = await fault(f"https://{HOST}:{port}/")
        assert found == f"{HOST} does not speak TLS on port {port}"
    async with listening(b"") as port:
        assert "the connection to 127.0.0.1 broke" in await fault(f"http://{HOST}:{port}/")


async def test_a_dead_proxy_is_called_a_dead_proxy() -> None:
    """One that accepts nothing, one of an unknown name, one that refuses; no password is told"""
    bound, port = closed()
    with bound, variables() as found:
        found["HTTPS_PROXY"] = f"http://user:hush@{HOST}:{port}"
        assert await fault(FAR) == f"the proxy {HOST} accepts no connection on port {port}"
        found["HTTPS_PROXY"] = "http://user:hush@none.invalid:1"
        assert await fault(FAR) == "the name of the proxy none.invalid is not found (DNS)"
        async with listening(b"HTTP/1.1 407 Login\r\n\r\n") as refusing:
            found["HTTPS_PROXY"] = f"http://{HOST}:{refusing}"
            said = await fault(FAR)
        assert "the proxy 127.0.0.1 refuses the way to api.far.example (status 407)" in said


def test_a_proxy_is_used_unless_no_proxy_names_the_host() -> None:
    """For pages and websockets alike; never on the way back to this machine"""
    with variables() as found:
        found.update(HTTPS_PROXY="proxy.example:3128", NO_PROXY="near.example,.lan.example")
        for url in (FAR, "wss://wss.far.example/link", "https://nearly.example/"):
            assert proxy_for(url) == "http://proxy.example:3128"
        for url in ("https://near.example/", "https://a.near.example/", "wss://x.lan.example"):
            assert proxy_for(url) is None
        for url in (
            "http://far.example",
            "https://127.0.0.1:1/",
            "https://localhost",
            "wss://[::1]",
        ):
            assert proxy_for(url) is None
        found["NO_PROXY"] = "*"
        assert proxy_for(FAR) is None


@pytest.mark.parametrize("value", WRONG)
def test_a_wrong_proxy_is_refused_without_its_value(value: str) -> None:
    """Only HTTP proxies are supported"""
    with variables() as found:
        found["HTTPS_PROXY"] = value
        with pytest.raises(ConfigurationError, match=r"^HTTPS_PROXY needs http://HOST:PORT\.$"):
            proxy_for(FAR)


@asynccontextmanager
async def refusing_proxy() -> AsyncIterator[tuple[int, list[str]]]:
    """Refuse each way; gives the port, and the ways that were asked for."""
    asked = list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().split(" HTTP/")[0])
        writer.write(b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield server.sockets[0].getsockname()[1], asked


async def test_every_call_asks_the_proxy_for_its_way(environment: Variables) -> None:
    """Slack's API, answers to a response URL, and Cloudinary"""
    async with refusing_proxy() as (port, asked), aiohttp.ClientSession() as session:
        environment["HTTPS_PROXY"] = f"http://{HOST}:{port}"
        environment["NO_PROXY"] = ""
        settings = read_settings(Settings)
        slack, account = open_slack(settings, session), open_cloudinary(settings, session)
        reply = Reply("https://hooks.slack.com/commands/T0/1/x")
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "slack.com": slack.workspace,
            "hooks.slack.com": partial(slack.respond, reply, Message("", ())),
            "api.cloudinary.com": account.environments,
        }
        for host, call in calls.items():
            with pytest.raises(KeysmithError):
                await call()
            assert set(asked) == {f"CONNECT {host}:443"}
            asked.clear()


async def test_a_websocket_asks_the_proxy_for_its_way() -> None:
    """It has a host of its own, which NO_PROXY may name"""
    url = "wss://wss.far.example/link/?ticket=1"
    async with (
        refusing_proxy() as (port, asked),
        ScriptedServer() as slack,
        aiohttp.ClientSession() as session,
    ):
        slack.plays(answer({"ok": True, "url": url}, 200, Content_Type="application/json"))
        client = SocketClient("xapp-1", f"{slack.url}/", session, unheard)
        for no_proxy, ways in (("", {"CONNECT wss.far.example:443"}), ("far.example", set())):
            with variables() as found:
                found.update(HTTPS_PROXY=f"http://{HOST}:{port}", NO_PROXY=no_proxy)
                with pytest.raises(SlackAway):
                    await client.connect()
            assert set(asked) == ways
            asked.clear()


async def test_every_client_of_slack_uses_the_proxy() -> None:
    """Also the one whose calls are never repeated; none where NO_PROXY names Slack's host"""
    with variables() as found:
        found["HTTPS_PROXY"] = "http://proxy.example:3128"
        async with aiohttp.ClientSession() as session:
            for no_proxy, proxy in (("", "http://proxy.example:3128"), ("*", None)):
                found["NO_PROXY"] = no_proxy
                slack = Slack("xoxb-made-up", f"{FAR}/api/", session)
                clients = [it for it in vars(slack).values() if isinstance(it, AsyncWebClient)]
                assert [proxy, proxy] == [each.proxy for each in clients]
