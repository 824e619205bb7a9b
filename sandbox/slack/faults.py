"""Faults on demand, and the limit on messages to one channel."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal, rate_limited

_UNAVAILABLE = 503


class FaultKind(StrEnum):
    """What goes wrong; `refused` gives an error code, `lost` works and then drops the answer."""

    RATE_LIMITED = "ratelimited"
    REFUSED = "refused"
    STATUS = "status"
    LATENCY = "latency"
    RESET = "reset"
    LOST = "lost"


@dataclass
class Fault:
    """A fault for the next `count` calls of `method` (`*` for any); times are in seconds."""

    method: str
    kind: FaultKind
    count: int = 1
    status: int = _UNAVAILABLE
    error: str = "fatal_error"
    retry_after: int = 1
    seconds: float = 0.0

    @classmethod
    def parse(cls, body: Payload) -> "Fault":
        """Read a fault from JSON; raises `TypeError`, `ValueError` or `KeyError`."""
        return cls(**{**body, "kind": FaultKind(body["kind"])})


@dataclass
class Faults:
    """The planned faults."""

    planned: list[Fault] = field(default_factory=list)

    def take(self, method: str) -> Fault | None:
        """The fault that is planned for a call of this method, counted down; None without one."""
        for fault in self.planned:
            if fault.count > 0 and fault.method in {method, "*"}:
                fault.count -= 1
                return fault
        return None


def _close_connection(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def inject_before(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    """Apply a fault before the work is done; gives the answer, or None to go on with the work."""
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            raise rate_limited(fault.retry_after)
        case FaultKind.REFUSED:
            raise Refusal(fault.error)
        case FaultKind.STATUS:
            return web.Response(status=fault.status, text="upstream trouble")
        case FaultKind.LATENCY:
            await asyncio.sleep(fault.seconds)
        case FaultKind.RESET:
            _close_connection(request)
            return web.Response()
        case FaultKind.LOST:
            pass
    return None


def inject_after(request: web.Request, fault: Fault | None) -> None:
    """Close the connection after the work is done, if the fault is `lost`."""
    if fault is not None and fault.kind is FaultKind.LOST:
        _close_connection(request)


@dataclass
class PostingLimit:
    """At most one message per `interval` seconds and channel (chat.postMessage's own limit)."""

    interval: float
    clock: Callable[[], float]
    last: dict[str, float] = field(default_factory=dict)

    def admit(self, channel: str) -> None:
        """Count a message, or refuse it with the number of seconds to wait."""
        now = self.clock()
        wait = self.last.get(channel, -math.inf) + self.interval - now
        if wait > 0:
            raise rate_limited(max(1, math.ceil(wait)))
        self.last[channel] = now
