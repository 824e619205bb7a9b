"""The HTTP server against clients that are slow, many, or send what no client should."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from handlers.server import (
    CONNECTIONS,
    HEADERS,
    HSTS,
    RESERVED_FILES,
    Connections,
    application,
    listen,
    most_connections,
)
from tests.scenarios.system import until

HOST = "127.0.0.1"
GET = b"GET /there HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW_BODY = b"POST /there HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], "asyncio.Future[Client]"]


async def there(request: web.Request) -> web.Response:
    """Answer with the body."""
    return web.Response(body=await request.read())


@asynccontextmanager
async def served(
    most: int = 8, within: float = 0.2, *, https: bool = True
) -> AsyncIterator[tuple[str, Callable[[bytes], "asyncio.Task[Client]"]]]:
    """Serve; gives the URL, and a way to open a connection and send bytes."""
    connections = Connections(most, headers_within=within)
    routes = [web.get("/there", there), web.post("/there", there)]
    app = application(routes, connections, https=https, body_within=within)
    async with AsyncExitStack() as stack:
        runner = await listen(app, HOST, 0, connections)
        stack.push_async_callback(runner.cleanup)
        port = runner.addresses[0][1]

        async def connect(sent: bytes) -> Client:
            reader, writer = await asyncio.open_connection(HOST, port)
            stack.callback(writer.close)
            writer.write(sent)
            return reader, writer

        yield f"http://{HOST}:{port}", lambda sent: asyncio.create_task(connect(sent))


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Everything until the server closes the connection."""
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("sent", [b"", b"GET", GET[:-2], b"POST /there HTTP/1.1\r\nX: "])
async def test_headers_that_do_not_come_end_the_connection(sent: bytes) -> None:
    """Whatever was sent before; there is no answer"""
    async with served() as (_, connect):
        reader, _ = await connect(sent)
        assert b"" == await rest(reader)


async def test_headers_that_come_byte_by_byte_end_the_connection() -> None:
    """Each byte does not start the deadline again"""
    async with served() as (_, connect):
        reader, writer = await connect(b"GET / HTTP/1.1\r\nX: ")
        ended = asyncio.create_task(rest(reader))
        while not ended.done():
            writer.write(b"x")
            await asyncio.wait((ended,), timeout=0.05)
        assert b"" == await ended


async def test_a_body_that_does_not_come_is_answered_and_ends_the_connection() -> None:
    """With 408, and with the security headers"""
    async with served() as (_, connect):
        reader, _ = await connect(SLOW_BODY)
        answer = await rest(reader)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"default-src 'none'" in answer


async def test_a_client_that_is_quick_is_answered_beside_the_slow_ones() -> None:
    """And its connection lives on after the deadline of its first headers"""
    async with served(within=0.5) as (url, connect):
        slow = [await connect(SLOW_BODY) for _ in range(3)]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/there") as answer:
                assert answer.status == 200
            await asyncio.gather(*(rest(reader) for reader, _ in slow))
            async with session.post(f"{url}/there", data=b"x") as answer:
                assert b"x" == await answer.read()


async def test_connections_above_the_cap_of_an_address_are_closed_at_once() -> None:
    """Half of all: one address leaves room for the others, and its own come back when some end"""
    async with served(most=8, within=5) as (_, connect):
        held = [await connect(b"GET") for _ in range(4)]
        reader, _ = await connect(GET)
        assert b"" == await rest(reader)
        held[0][1].close()
        await held[0][1].wait_closed()

        async def answered() -> bool:
            reader, _ = await connect(GET.replace(b"Host", b"Connection: close\r\nHost"))
            return (await rest(reader)).startswith(b"HTTP/1.1 200 ")

        await until(answered)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/there", 200),
        ("HEAD", "/there", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/%00", 404),
        ("PUT", "/there", 405),
        ("OPTIONS", "/there", 405),
        ("POST", "/there", 413),
    ],
)
async def test_every_answer_has_the_security_headers_and_no_server(
    method: str, path: str, status: int
) -> None:
    """Those of the framework too"""
    body = io.BytesIO(b"x" * 2_000_000) if status == 413 else None
    async with (
        served(within=5) as (url, _),
        aiohttp.ClientSession() as session,
        session.request(method, f"{url}{path}", data=body) as answer,
    ):
        assert answer.status == status
        found = dict(answer.headers)
    assert HEADERS | HSTS == {name: found[name] for name in HEADERS | HSTS}
    assert "Server" not in found


async def test_plain_http_promises_no_https() -> None:
    """A browser would refuse the sandbox for a year"""
    async with (
        served(https=False) as (url, _),
        aiohttp.ClientSession() as session,
        session.get(f"{url}/there") as answer,
    ):
        assert not HSTS.keys() & answer.headers.keys()


@pytest.mark.parametrize("limit", [0, 64, 97, 256, 1024, 1_000_000])
def test_connections_leave_descriptors_for_the_bot_itself(limit: int) -> None:
    """At least one connection is served, and never more than the cap"""
    most = most_connections(limit)
    assert 1 <= most <= CONNECTIONS
    assert most + RESERVED_FILES <= max(limit, RESERVED_FILES + 1)
