"""Socket Mode: deliveries over a WebSocket that the bot opens.

docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
import secrets
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from sandbox.company import APP_ID
from sandbox.slack.payload import Payload

_TICKET_BYTES = 24
_FORBIDDEN = 403


@dataclass
class Sockets:
    """The bot's open sockets, and the envelopes that wait for their acknowledgement."""

    tickets: set[str] = field(default_factory=set)
    connections: list[web.WebSocketResponse] = field(default_factory=list)
    waiting: dict[str, "asyncio.Future[Payload]"] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        """Is there anybody to deliver to."""
        return bool(self.connections)

    def ticket(self) -> str:
        """Give the secret part of a socket's URL; it opens one socket."""
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        self.tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Greet the bot and take its acknowledgements until it leaves."""
        ticket = request.match_info["ticket"]
        if ticket not in self.tickets:
            return web.Response(status=_FORBIDDEN, text="invalid ticket")
        self.tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(self._hello())
        self.connections.append(socket)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledged(frame.data)
        finally:
            self.connections.remove(socket)
        return socket

    async def deliver(self, kind: str, payload: Payload) -> Payload:
        """Send an envelope and give the acknowledgement's payload, whenever it comes."""
        envelope_id = str(uuid.uuid4())
        answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        self.waiting[envelope_id] = answer
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": True,
        }
        try:
            await self._next().send_json(envelope)
            return await answer
        finally:
            del self.waiting[envelope_id]

    async def disconnect(self, reason: str) -> None:
        """Tell every socket to go, as Slack does now and then, and close it."""
        for socket in list(self.connections):
            await socket.send_json({"type": "disconnect", "reason": reason})
            await socket.close()

    def _next(self) -> web.WebSocketResponse:
        """Take the sockets in turn: Slack promises no order either."""
        socket = self.connections.pop(0)
        self.connections.append(socket)
        return socket

    def _hello(self) -> Payload:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": APP_ID},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18_060},
        }

    def _acknowledged(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return  # acknowledges nothing
        waiting = self.waiting.get(answer.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})
