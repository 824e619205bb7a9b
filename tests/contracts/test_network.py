"""The way to other hosts: by which proxy, and each fault on it under its own name."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
import pytest
import trustme

from bot.adapters.network import fault_on_the_way, proxy_for
from bot.errors import ConfigurationError
from tests.variables import variables

HOST: Final = "127.0.0.1"
FAR: Final = "https://api.far.example"
WRONG: Final = ("socks5://proxy:1", "http://", "http://:80", "http://[::1", "http://p:port")


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


def certificate(*names: str, ends: timedelta = timedelta(days=1)) -> tuple[str, ssl.SSLContext]:
    """Make a certificate that ends so long from now; gives its authority and a server's context."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued = authority.issue_cert(*(names or ["localhost"]), not_after=datetime.now(UTC) + ends)
    issued.configure_cert(context)
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
