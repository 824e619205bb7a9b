"""Trouble on demand, and the pace at which a channel takes messages."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from sandbox.slack.payload import Payload
from sandbox.slack.refusals import rate_limited

_UNAVAILABLE = 503


class FaultKind(StrEnum):
    """What goes wrong: `lost` does the work and then loses the answer."""

    RATE_LIMITED = "ratelimited"
    STATUS = "status"
    LATENCY = "latency"
    RESET = "reset"
    LOST = "lost"


@dataclass
class Fault:
    """The next `count` calls of `method` (`*` for any) meet this; times are seconds."""

    method: str
    kind: FaultKind
    count: int = 1
    status: int = _UNAVAILABLE
    retry_after: int = 1
    seconds: float = 0.0

    @classmethod
    def parse(cls, body: Payload) -> "Fault":
        """Read a fault from JSON; raises `TypeError`, `ValueError` or `KeyError`."""
        return cls(**{**body, "kind": FaultKind(body["kind"])})


@dataclass
class Faults:
    """The trouble that is in store."""

    planned: list[Fault] = field(default_factory=list)

    def take(self, method: str) -> Fault | None:
        """Give the next fault of a method, and count it."""
        for fault in self.planned:
            if fault.count > 0 and fault.method in {method, "*"}:
                fault.count -= 1
                return fault
        return None


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def meet(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    """Let a fault happen before the work is done; None means carry on."""
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            raise rate_limited(fault.retry_after)
        case FaultKind.STATUS:
            return web.Response(status=fault.status, text="upstream trouble")
        case FaultKind.LATENCY:
            await asyncio.sleep(fault.seconds)
        case FaultKind.RESET:
            _hang_up(request)
            return web.Response()
        case FaultKind.LOST:
            pass
    return None


def lose(request: web.Request, fault: Fault | None) -> None:
    """Hang up after the work was done, if that is the fault."""
    if fault is not None and fault.kind is FaultKind.LOST:
        _hang_up(request)


@dataclass
class Pace:
    """At most one message per `interval` seconds and channel (chat.postMessage's own limit)."""

    interval: float
    clock: Callable[[], float]
    last: dict[str, float] = field(default_factory=dict)

    def admit(self, channel: str) -> None:
        """Count a message, or refuse it with the whole seconds to wait."""
        now = self.clock()
        wait = self.last.get(channel, -math.inf) + self.interval - now
        if wait > 0:
            raise rate_limited(max(1, math.ceil(wait)))
        self.last[channel] = now
