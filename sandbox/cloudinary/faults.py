"""Faults on demand and a log of every call, in a middleware around the API."""

import asyncio
import fnmatch
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from sandbox.cloudinary.refusals import Handler, envelope
from sandbox.cloudinary.requests import account_of

MESSAGES = {420: "Max usage rate exceeded", 429: "Too many requests", 500: "something went wrong"}


class Kind(StrEnum):
    """What goes wrong; the kinds that end in `_after` do the work first."""

    LATENCY = "latency"
    LATENCY_AFTER = "latency_after"
    STATUS = "status"
    STATUS_AFTER = "status_after"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    TRUNCATED = "truncated"
    HTML = "html"


@dataclass
class Fault:
    """A planned fault for `count` calls of this method and path.

    `path` may hold wildcards, `method` may be `*`; `seconds` and `retry_after` are in seconds.
    """

    method: str
    path: str
    kind: Kind
    status: int = 500
    retry_after: float | None = None
    seconds: float = 0.0
    count: int = 1


@dataclass(frozen=True)
class Exchange:
    """One call and its answer as they went over the wire, without any fault."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    answer: bytes
    content_type: str


ApiWatch = Callable[[Exchange], None]
"""Gets every exchange, for example to hold it against the API's document."""


def no_watch(_: Exchange) -> None:
    """Ignore the exchange."""


@dataclass
class Traffic:
    """The planned faults, the log of calls, and what watches the exchanges."""

    planned: list[Fault] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    api_watch: ApiWatch = no_watch

    def take_fault(self, request: web.Request) -> Fault | None:
        """The fault that is planned for this call, counted down; None without one."""
        for fault in self.planned:
            if (
                fault.count > 0
                and fault.method in {"*", request.method}
                and fnmatch.fnmatch(request.path, fault.path)
            ):
                fault.count -= 1
                return fault
        return None

    def log(self, request: web.Request, status: int) -> None:
        """Log a call, without its credentials."""
        self.calls.append(
            {
                "method": request.method,
                "path": request.path,
                "query": dict(request.query),
                "status": status,
                "at": account_of(request).stamp(),
            }
        )


TRAFFIC = web.AppKey("traffic", Traffic)


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(("/v1_1/", "/v2/"))


@web.middleware
async def record_traffic(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Apply the planned fault, log the call, and save what it changed."""
    if not _is_api(request):
        return await handler(request)
    traffic = request.app[TRAFFIC]
    fault = traffic.take_fault(request)
    response = await (_HANDLERS[fault.kind](fault, request, handler) if fault else handler(request))
    traffic.log(request, response.status)
    if fault is None:
        traffic.api_watch(await _exchange(request, response))
    if request.method != "GET":
        account_of(request).save()
    return response


async def _exchange(request: web.Request, response: web.StreamResponse) -> Exchange:
    answer = response.body if isinstance(response, web.Response) else None
    return Exchange(
        request.method,
        request.path,
        tuple(request.query.items()),
        tuple(request.headers.items()),
        await request.read(),
        response.status,
        bytes(answer) if isinstance(answer, bytes | bytearray) else b"",
        response.content_type,
    )


def _refusal(fault: Fault, request: web.Request) -> web.Response:
    response = envelope(request.path, fault.status, MESSAGES.get(fault.status, "refused on demand"))
    if fault.retry_after is not None:
        response.headers["Retry-After"] = f"{fault.retry_after:g}"
    return response


def _cut(request: web.Request) -> None:
    if request.transport:
        request.transport.abort()


async def _latency(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    await asyncio.sleep(fault.seconds)
    return await handler(request)


async def _latency_after(
    fault: Fault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    response = await handler(request)
    account_of(request).save()
    await asyncio.sleep(fault.seconds)
    return response


async def _status(fault: Fault, request: web.Request, _: Handler) -> web.StreamResponse:
    return _refusal(fault, request)


async def _status_after(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    await handler(request)
    return _refusal(fault, request)


async def _reset_before(_: Fault, request: web.Request, _handler: Handler) -> web.StreamResponse:
    _cut(request)
    return web.Response()


async def _reset_after(_: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    _cut(request)
    return response


async def _truncated(_: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    body = response.body if isinstance(response, web.Response) else b""
    cut = bytes(body)[: len(bytes(body)) // 2] if isinstance(body, bytes) else b"{"
    return web.Response(body=cut, content_type="application/json")


async def _html(_: Fault, _request: web.Request, _handler: Handler) -> web.StreamResponse:
    return web.Response(text="<html><body>Bad gateway</body></html>", content_type="text/html")


FaultHandler = Callable[[Fault, web.Request, Handler], Awaitable[web.StreamResponse]]
_HANDLERS: dict[Kind, FaultHandler] = {
    Kind.LATENCY: _latency,
    Kind.LATENCY_AFTER: _latency_after,
    Kind.STATUS: _status,
    Kind.STATUS_AFTER: _status_after,
    Kind.RESET_BEFORE: _reset_before,
    Kind.RESET_AFTER: _reset_after,
    Kind.TRUNCATED: _truncated,
    Kind.HTML: _html,
}


def as_json(fault: Fault) -> dict[str, Any]:
    """A fault as the control surface shows it."""
    return asdict(fault)
