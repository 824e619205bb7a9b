import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import aiohttp
import pytest
from aiohttp import web

from sandbox.ports import HOST, bind, reserved, served
from sandbox.running import Ports, running

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reservations need Linux's bind()")
MANY = 300
GRABBER = """
import socket, sys
held = []
for number in range(4000):
    held.append(socket.socket())
    held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, number % 2)
    held[-1].bind(("127.0.0.1", 0))
    held[-1].listen()
print("grabbed", flush=True)
sys.stdin.read()
"""
"""A process that takes about a seventh of the machine's ephemeral ports."""


@contextmanager
def grabber() -> Iterator[None]:
    """Run the other process until it holds its ports, and for as long as the block lasts."""
    with subprocess.Popen(
        [sys.executable, "-c", GRABBER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == b"grabbed\n"
        yield
        process.stdin.close()


async def listen(port: int) -> None:
    """Listen for a moment, as the bot's process does, with a socket that is new each time."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, port)
    server.close()
    await server.wait_closed()


async def answer(_: web.Request) -> web.Response:
    """Answer at all"""
    return web.Response(text="here")


def application() -> web.Application:
    """A server with one page"""
    found = web.Application()
    found.router.add_get("/", answer)
    return found


@ON_LINUX
async def test_a_reserved_port_is_not_lost_to_another_process() -> None:
    """Hundreds of reservations stand a process that takes thousands of ports in between"""
    with ExitStack() as stack:
        ports = [stack.enter_context(reserved()) for _ in range(MANY)]
        stack.enter_context(grabber())
        for port in ports:
            await listen(port)
            await listen(port)  # a bot that is killed and started again comes back to its port


@ON_LINUX
async def test_a_reserved_port_has_one_listener() -> None:
    """The reservation lets a server in, and not a second one"""
    with reserved() as port:
        server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, port)
        with pytest.raises(OSError, match="address already in use"):
            await listen(port)
        server.close()
        await server.wait_closed()


@ON_LINUX
async def test_a_reservation_can_be_handed_down() -> None:
    """A parent process may reserve what its child reserves again before it starts a bot"""
    with reserved() as port, reserved(port) as same:
        assert port == same
        await listen(port)


async def test_a_port_that_is_taken_is_replaced() -> None:
    """A sandbox beside another one gets ports of its own"""
    with bind() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with bind(port) as other:
            assert other.getsockname()[1] != port


async def test_a_server_listens_on_the_socket_that_was_bound_for_it() -> None:
    """Its address is known before it runs, and is the one where it answers"""
    bound = bind()
    async with served(application(), bound) as url, aiohttp.ClientSession() as session:
        assert url == f"http://{HOST}:{bound.getsockname()[1]}"
        async with session.get(url) as found:
            assert await found.text() == "here"


@ON_LINUX
async def test_the_bots_port_is_reserved_while_the_sandbox_runs() -> None:
    """From the moment the simulated Slack knows the bot's address"""
    async with running(Ports()) as twins:
        port = int(twins.at.bot.rpartition(":")[2])
        with pytest.raises(OSError, match="already in use"):  # the reservation alone refuses it
            await asyncio.start_server(lambda *_: None, HOST, port, reuse_address=False)
        await listen(port)
