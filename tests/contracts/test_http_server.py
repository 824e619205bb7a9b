"""The HTTP server against clients that are slow, many, or send what no client should."""

import asyncio
import contextlib
import io
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from handlers.headers import HEADERS, HSTS
from handlers.server import (
    CONNECTIONS,
    LINGER,
    RESERVED_FILES,
    Connections,
    Deadlines,
    application,
    listen,
    most_connections,
)
from tests.scenarios.system import until

HOST = "127.0.0.1"
GET = b"GET /there HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = GET.replace(b"Host", b"Connection: close\r\nHost")
LARGE = GET.replace(b"there", b"large")
SLOW_BODY = b"POST /there HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
SPARE = 5.0
"""Seconds: less than a server lingers by default."""
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], "asyncio.Future[Client]"]


async def there(request: web.Request) -> web.Response:
    """Answer with the body."""
    return web.Response(body=await request.read())


async def large(_: web.Request) -> web.Response:
    """Answer with more than the buffers of the machine take."""
    return web.Response(body=b"x" * 20_000_000)


@asynccontextmanager
async def served(
    most: int = 8,
    within: float = 0.2,
    *,
    https: bool = True,
    read: float = 20,
    age: float = 20,
    last_answer: float = 20,
) -> AsyncIterator[tuple[str, Callable[[bytes], "asyncio.Task[Client]"]]]:
    """Serve; gives the URL, and a way to open a connection and send bytes."""
    connections = Connections(most, Deadlines(within, within, read, age, last_answer))
    routes = [web.get("/there", there), web.post("/there", there), web.get("/large", large)]
    app = application(routes, connections, https=https)
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
    async with served() as (_, connect), asyncio.timeout(LINGER + SPARE):
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
            for reader, _ in slow:
                assert b"HTTP/1.1 408 " in await reader.readline()
            async with session.post(f"{url}/there", data=b"x") as answer:
                assert b"x" == await answer.read()


def deaf(url: str, sent: bytes) -> socket.socket:
    """A client that takes almost nothing."""
    host, _, port = url.removeprefix("http://").partition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect((host, int(port)))
    client.settimeout(0)
    client.send(sent)
    return client


async def place_is_free(connect: Callable[[bytes], "asyncio.Task[Client]"]) -> bool:
    """Whether another connection is answered, where one address may have one only."""
    reader, _ = await connect(LAST)
    return (await rest(reader)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [LARGE, LARGE * 2, GET * 1000 + LARGE])
async def test_a_client_that_never_reads_is_ended(sent: bytes) -> None:
    """Its place is free then"""
    async with served(most=2, within=5, read=0.2) as (url, connect):
        with deaf(url, sent):
            assert not await place_is_free(connect)
            await until(lambda: place_is_free(connect))


async def test_a_client_that_reads_slowly_is_ended_by_the_age_of_its_connection() -> None:
    """However often it asks, and takes an answer"""
    async with served(most=2, within=5, age=0.1, last_answer=0.2) as (url, connect):
        with deaf(url, LARGE) as client:

            async def given_up() -> bool:
                with contextlib.suppress(BlockingIOError):
                    client.recv(100)
                return await place_is_free(connect)

            await until(given_up)


async def test_an_old_connection_ends_with_its_next_answer() -> None:
    """It is answered in full and told so, whatever the answer is"""
    async with served(within=5, age=0) as (_, connect):
        for asked, status in ((GET, b"200"), (GET.replace(b"there", b"nowhere"), b"404")):
            reader, _ = await connect(asked * 2)
            answer = await rest(reader)
            assert answer.startswith(b"HTTP/1.1 " + status)
            assert answer.count(b"HTTP/1.1") == 1
            assert b"Connection: close" in answer


async def test_a_young_connection_is_kept() -> None:
    """One connection gives many answers, also of a client that reads late but in time"""
    async with served(within=5, read=5) as (_, connect):
        reader, _ = await connect(GET * 3 + LAST)
        assert (await rest(reader)).count(b"HTTP/1.1 200 ") == 4


async def test_connections_above_the_cap_of_an_address_are_closed_at_once() -> None:
    """Half of all: one address leaves room for the others, and its own come back when some end"""
    async with served(most=8, within=5) as (_, connect):
        held = [await connect(b"GET") for _ in range(4)]
        reader, _ = await connect(GET)
        assert b"" == await rest(reader)
        held[0][1].close()
        await held[0][1].wait_closed()

        async def answered() -> bool:
            reader, _ = await connect(LAST)
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
