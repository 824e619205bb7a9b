"""The HTTP servers: what a stranger's connection may cost, and the headers of every answer.

A client that is slow on purpose holds a connection, and connections are few. So each has a deadline
for its headers, for its body, and for its reading of an answer; none lives long, however busy it
is; and there is a cap for all and for one address. What a reverse proxy in front does better is in
docs/operating.md.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import structlog
from aiohttp import hdrs, web
from aiohttp.web_urldispatcher import MatchInfoError

from handlers.headers import HEADERS, HSTS

_log = structlog.get_logger("keysmith.server")

HEADERS_WITHIN: Final = 10.0  # seconds from the connection to the end of the first headers
BODY_WITHIN: Final = 10.0  # seconds from the end of the headers to the end of the body
READ_WITHIN: Final = 20.0  # seconds for a client to take what Keysmith has written
AGE: Final = 60.0  # seconds after which a connection's next answer is its last one
LAST_ANSWER: Final = 60.0  # seconds after that to the end of the connection: an opening takes 40
CLOSING: Final = 3.0  # seconds for open requests of a stopping process: Slack's ack waits no longer
LINGER: Final = 2.0  # seconds in which the rest of a refused body is still read
KEEP_ALIVE: Final = 15.0  # seconds from an answer to the end of the next headers
CONNECTIONS: Final = 512  # at a time; more are closed at once
RESERVED_FILES: Final = 96  # descriptors for Redis, Slack, Cloudinary and the log

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Factory = Callable[[], asyncio.Protocol]


@dataclass(frozen=True)
class Deadlines:
    """How long a connection may take for each thing, in seconds."""

    headers: float = HEADERS_WITHIN
    body: float = BODY_WITHIN
    read: float = READ_WITHIN
    age: float = AGE
    last_answer: float = LAST_ANSWER


@dataclass
class _Open:
    """An open connection, and the timers that end it, by what they wait for."""

    address: str
    old_at: float
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    def cancel(self, *waits: str) -> None:
        for each in waits:
            if timer := self.timers.pop(each, None):
                timer.cancel()


class Connections:
    """The open connections of one server; `most` in all, and half of them from one address."""

    def __init__(self, most: int, within: Deadlines | None = None) -> None:
        self._most = most
        self.within = within or Deadlines()
        self._open: dict[asyncio.BaseTransport, _Open] = {}
        self._by_address = Counter[str]()

    def admit(self, transport: asyncio.Transport) -> bool:
        """Count a connection and start the deadline of its headers; False above a cap."""
        address = str((transport.get_extra_info("peername") or ("",))[0])
        if len(self._open) >= self._most or self._by_address[address] >= max(1, self._most // 2):
            _log.warning("connection_refused", reason="too_many", open=len(self._open))
            return False
        within, old_at = self.within, asyncio.get_running_loop().time() + self.within.age
        self._open[transport] = _Open(address, old_at)
        self._by_address[address] += 1
        self._end_in(within.headers, transport, "headers")
        self._end_in(within.age + within.last_answer, transport, "age")
        transport.set_write_buffer_limits(0)  # so that whatever is not taken counts as unread
        return True

    def _end_in(self, seconds: float, transport: asyncio.Transport, waits_for: str) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, transport.abort)
        self._open[transport].timers[waits_for] = timer

    def heard(self, transport: asyncio.BaseTransport | None) -> None:
        """End the deadline of the headers: they are complete."""
        if transport in self._open:
            self._open[transport].cancel("headers")

    def unread(self, transport: asyncio.BaseTransport | None) -> None:
        """Start the deadline of reading: the client does not take what is written."""
        if isinstance(transport, asyncio.Transport) and transport in self._open:
            self._end_in(self.within.read, transport, "read")

    def taken(self, transport: asyncio.BaseTransport | None) -> None:
        """End the deadline of reading: the client took all of it."""
        if transport in self._open:
            self._open[transport].cancel("read")

    def old(self, transport: asyncio.BaseTransport | None) -> bool:
        """Whether the next answer of this connection is its last one."""
        found = self._open.get(transport) if transport else None
        return found is not None and asyncio.get_running_loop().time() >= found.old_at

    def lost(self, transport: asyncio.BaseTransport) -> None:
        """Count a connection out."""
        if transport in self._open:
            found = self._open.pop(transport)
            found.cancel(*tuple(found.timers))
            self._by_address[found.address] -= 1
            self._by_address += Counter()  # forget addresses without connections


class _Connection(asyncio.Protocol):
    """One connection: passes everything on to aiohttp's protocol, if it is admitted."""

    def __init__(self, connections: Connections, factory: Factory) -> None:
        self._connections = connections
        self._factory = factory
        self._inner: asyncio.Protocol = asyncio.Protocol()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, or close it at once."""
        if not isinstance(transport, asyncio.Transport) or not self._connections.admit(transport):
            with suppress(AttributeError):
                transport.abort()  # type: ignore[attr-defined]  # a server's transport has it
            return
        self._transport, self._inner = transport, self._factory()
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection out."""
        if self._transport:
            self._connections.lost(self._transport)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """The client does not read: start its deadline."""
        self._connections.unread(self._transport)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The client has read."""
        self._connections.taken(self._transport)
        self._inner.resume_writing()


class LimitedSite(web.BaseSite):
    """A TCP site whose connections are limited."""

    def __init__(
        self, runner: web.AppRunner, host: str, port: int, connections: Connections
    ) -> None:
        super().__init__(runner)
        self._host, self._port, self._connections = host, port, connections

    @property
    def name(self) -> str:
        """The address, as aiohttp shows it."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        await super().start()
        factory = self._runner.server
        if factory is None:
            raise RuntimeError("the runner is not set up")
        loop, connections = asyncio.get_running_loop(), self._connections
        self._server = await loop.create_server(
            lambda: _Connection(connections, factory), self._host, self._port, backlog=self._backlog
        )


def most_connections(limit: int) -> int:
    """Connections that a descriptor limit allows, without those that the bot itself needs."""
    return max(1, min(CONNECTIONS, limit - RESERVED_FILES))


def application(
    routes: Iterable[web.AbstractRouteDef],
    connections: Connections,
    *,
    https: bool,
) -> web.Application:
    """Build an application whose every answer has the security headers and no `Server`."""
    headers = HEADERS | (HSTS if https else {})

    @web.middleware
    async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
        connections.heard(request.transport)
        try:
            async with asyncio.timeout(connections.within.body):
                await request.read()  # kept in the request, for the handler
        except TimeoutError:
            return _refusal(HTTPStatus.REQUEST_TIMEOUT, "too slow\n")
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001  # a stranger's input is not logged
            return _refusal(HTTPStatus.BAD_REQUEST, "unreadable body\n")
        return await handler(request)

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        if connections.old(request.transport):
            response.force_close()
            response.headers[hdrs.CONNECTION] = "close"
        response.headers.pop(hdrs.SERVER, None)
        for name, value in headers.items():
            response.headers.setdefault(name, value)

    app = web.Application(middlewares=[timed])
    app.on_response_prepare.append(dress)
    app.add_routes(routes)
    return app


def _refusal(status: HTTPStatus, text: str) -> web.Response:
    refused = web.Response(status=status, text=text)
    refused.force_close()
    return refused


async def listen(
    app: web.Application, host: str, port: int, connections: Connections
) -> web.AppRunner:
    """Serve an application; the caller cleans the runner up."""
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=KEEP_ALIVE,
        shutdown_timeout=CLOSING,
        lingering_time=LINGER,
    )
    await runner.setup()
    _dress_unread(runner, app)
    await LimitedSite(runner, host, port, connections).start()
    return runner


def _dress_unread(runner: web.AppRunner, app: web.Application) -> None:
    """Give the application's headers to the answer of a request that could not be parsed, too.

    aiohttp answers it before any application has it, and so with no header of ours and with the
    name of the server. A request belongs to the application from its beginning here.
    """
    server, unread = runner.server, MatchInfoError(web.HTTPBadRequest())
    if server is None:
        raise RuntimeError("the runner is not set up")
    unread.add_app(app)
    unread.freeze()
    make = server.request_factory

    def begun(*parsed: Any) -> web.BaseRequest:
        request = make(*parsed)
        request._match_info = unread  # type: ignore[attr-defined]  # noqa: SLF001
        return request

    server.request_factory = begun


def file_limit() -> int:
    """The number of descriptors that this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else CONNECTIONS + RESERVED_FILES


class HttpServer:
    """Opens the servers of this process, with the limits that its descriptors allow."""

    async def open(
        self, routes: Iterable[web.AbstractRouteDef], host: str, port: int, *, https: bool
    ) -> web.AppRunner:
        """Serve routes; the caller cleans the runner up. Raises `OSError` if the port is taken."""
        connections = Connections(most_connections(file_limit()))
        return await listen(application(routes, connections, https=https), host, port, connections)
