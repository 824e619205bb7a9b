"""Socket Mode: deliveries over a WebSocket that the bot opens.

docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import WSMsgType, web

from sandbox.company import APP_ID
from sandbox.slack.acks import Kind, Retry
from sandbox.slack.faults import Fault, FaultKind, inject_before
from sandbox.slack.payload import Payload

SOCKET = "socket"  # the name of an opening among the faults
WARNED_BEFORE = 10.0  # approximate seconds between a warning and the disconnect
_MAX_SOCKETS = 10  # per app
_TICKET_BYTES = 24
_FORBIDDEN = 403
_DEBUG_INFO = {"host": "sandbox", "approximate_connection_time": 18_060}


class DisconnectReason(StrEnum):
    """Why Slack closes a connection; `warning` announces it."""

    WARNING = "warning"
    REFRESH_REQUESTED = "refresh_requested"
    LINK_DISABLED = "link_disabled"
    TOO_MANY_WEBSOCKETS = "too_many_websockets"


@dataclass(frozen=True)
class Envelope:
    """A payload in its Socket Mode envelope."""

    kind: Kind
    payload: Payload
    retry: Retry | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def as_json(self) -> Payload:
        """Give the frame; only an event's has retry fields, and accepts no response payload."""
        about: Payload = {"envelope_id": self.id, "type": str(self.kind), "payload": self.payload}
        if self.kind is not Kind.EVENT:
            return {**about, "accepts_response_payload": True}
        attempts = self.retry.fields if self.retry else {"retry_attempt": 0, "retry_reason": ""}
        return {**about, "accepts_response_payload": False, **attempts}


@dataclass(eq=False)
class _Wait:
    """For the acknowledgement of what was sent by one socket."""

    socket: web.WebSocketResponse
    answer: "asyncio.Future[Payload]"


@dataclass
class Sockets:
    """The bot's open sockets, and the envelopes that wait for an acknowledgement."""

    tickets: set[str] = field(default_factory=set)
    connections: list[web.WebSocketResponse] = field(default_factory=list)
    waiting: dict[str, list["_Wait"]] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        """Whether the bot has an open socket."""
        return bool(self.connections)

    def ticket(self) -> str:
        """Give the secret part of a socket's URL; it opens one socket."""
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        self.tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        """Say hello to the bot and read its acknowledgements until it disconnects.

        An opening that fails has used its ticket up, as one that succeeds.
        """
        ticket = request.match_info["ticket"]
        if ticket not in self.tickets:
            return web.Response(status=_FORBIDDEN, text="invalid ticket")
        self.tickets.remove(ticket)
        refused = fault if fault and fault.kind is FaultKind.REFUSED else None
        if fault and not refused and (answer := await inject_before(request, fault)) is not None:
            return answer
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if refused:
            await _disconnect([socket], refused.error)
        elif len(self.connections) >= _MAX_SOCKETS:
            await _disconnect([socket], DisconnectReason.TOO_MANY_WEBSOCKETS)
        else:
            await self._listen(socket)
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        await socket.send_json(self._hello())
        self.connections.append(socket)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledged(frame.data, socket)
        finally:
            self.connections.remove(socket)

    async def deliver(self, envelope: Envelope) -> Payload:
        """Send an envelope, wait for its acknowledgement, and give the payload of that."""
        wait = _Wait(self._next(), asyncio.get_running_loop().create_future())
        waiting = self.waiting.setdefault(envelope.id, [])
        waiting.append(wait)
        try:
            await wait.socket.send_json(envelope.as_json())
            return await wait.answer
        finally:
            waiting.remove(wait)
            if not waiting:
                self.waiting.pop(envelope.id, None)

    async def warn(self) -> list[web.WebSocketResponse]:
        """Announce the disconnect to every open socket, and give these sockets."""
        warned = list(self.connections)
        for socket in warned:
            await socket.send_json(_disconnect_frame(DisconnectReason.WARNING))
        return warned

    async def disconnect(
        self,
        reason: DisconnectReason | None,
        sockets: Iterable[web.WebSocketResponse] | None = None,
    ) -> None:
        """Close sockets (all by default) after a disconnect message, or without a word."""
        await _disconnect(list(self.connections) if sockets is None else sockets, reason)

    def _next(self) -> web.WebSocketResponse:
        """The next socket in turn; Slack promises no order either."""
        if not self.connections:
            raise ConnectionError("the last socket has gone")
        socket = self.connections.pop(0)
        self.connections.append(socket)
        return socket

    def _hello(self) -> Payload:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": APP_ID},
            "debug_info": _DEBUG_INFO,
        }

    def _acknowledged(self, text: str, by: web.WebSocketResponse) -> None:
        """Match an acknowledgement to its envelope; an unknown one is ignored.

        So is one by another socket while the envelope's own is open: what Slack does with it is
        not documented.
        """
        try:
            answer = json.loads(text)
        except ValueError:
            return
        envelope_id = answer.get("envelope_id") if isinstance(answer, dict) else None
        waiting = self.waiting.get(envelope_id, []) if isinstance(envelope_id, str) else []
        pending = [one for one in waiting if not one.answer.done()]
        for one in pending:
            if one.socket is by or one.socket not in self.connections:
                one.answer.set_result(answer.get("payload") or {})
                break


def _disconnect_frame(reason: str) -> Payload:
    return {"type": "disconnect", "reason": str(reason), "debug_info": _DEBUG_INFO}


async def _disconnect(sockets: Iterable[web.WebSocketResponse], reason: str | None) -> None:
    for socket in sockets:
        if not socket.closed:
            if reason is not None:
                await socket.send_json(_disconnect_frame(reason))
            await socket.close()
