"""Watches every HTTP call of a session: method, status and duration of each try.

aiohttp reports them, so that no caller can forget to. Names are fixed words: Slack's methods, and
Cloudinary's operations, which the transport names. A response URL is a secret, and is never shown.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Final

import aiohttp
import structlog
from yarl import URL

from bot.adapters.cloudinary.retry import wait_asked
from bot.adapters.cloudinary.wire import RATE_LIMITS
from bot.flows.tracing import Tracer

_log = structlog.get_logger("keysmith.calls")

Called = Callable[[str, str, str, float, float], None]
"""Hears of each try: service, method, status, its seconds, and the seconds that it asks to wait."""
METHOD: Final = re.compile(r"/([a-z]+(?:\.[A-Za-z]+)+)$")
"""The end of the path of a Web API method; the token in a response URL has no dots."""
CLOUDINARY: Final = "cloudinary"
SLACK: Final = "slack"
RESPONSE_URL: Final = "response_url"
SOCKET: Final = "socket"
OUTGOING: Final = aiohttp.ClientTimeout(total=30, connect=10)
"""Seconds for a call to Slack; Cloudinary's calls have their own limits."""
UNANSWERED: Final = "none"
"""The status of a try without an answer."""


def open_session(called: Called, tracer: Tracer) -> aiohttp.ClientSession:
    """Open the session of all calls to Slack and Cloudinary, each of which is watched."""
    watch = Calls(called, tracer).watch()
    return aiohttp.ClientSession(timeout=OUTGOING, trace_configs=[watch])


@dataclass(frozen=True)
class Calls:
    """Watches the calls of a session."""

    called: Called
    tracer: Tracer

    def watch(self) -> aiohttp.TraceConfig:
        """Give what a session takes as one of its `trace_configs`."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._begun)
        config.on_request_end.append(self._answered)
        config.on_request_exception.append(self._failed)
        return config

    async def _begun(
        self,
        _: aiohttp.ClientSession,
        call: SimpleNamespace,
        params: aiohttp.TraceRequestStartParams,
    ) -> None:
        call.service, call.method = named(params.url, call.trace_request_ctx)
        call.started = time.perf_counter()
        call.end = self.tracer.call(f"{call.service} {call.method}", service=call.service)

    async def _answered(
        self,
        _: aiohttp.ClientSession,
        call: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        response, wait = params.response, None
        if response.status in RATE_LIMITS:
            wait = wait_asked(response.headers, datetime.now(UTC), limited=True)
        self._over(call, str(response.status), wait or 0.0)

    async def _failed(
        self,
        _: aiohttp.ClientSession,
        call: SimpleNamespace,
        params: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        del params  # the exception may hold the request, with its token
        self._over(call, UNANSWERED, 0.0)

    def _over(self, call: SimpleNamespace, status: str, wait: float) -> None:
        seconds = time.perf_counter() - call.started
        self.called(call.service, call.method, status, seconds, wait)
        call.end(status)
        if call.service == SLACK:  # the transport logs Cloudinary's
            _log.debug("slack", method=call.method, status=status, ms=round(seconds * 1000))


def named(url: URL, operation: object) -> tuple[str, str]:
    """Name a call: its service, and its method in fixed words."""
    if isinstance(operation, str):
        return CLOUDINARY, operation
    if url.scheme in {"ws", "wss"}:
        return SLACK, SOCKET
    method = METHOD.search(url.path)
    return SLACK, method.group(1) if method else RESPONSE_URL
