"""A Slack that plays a script on each websocket of Socket Mode."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

Play = Callable[["Link"], Coroutine[None, None, None]]


@dataclass
class Link:
    """Slack's end of a websocket; it is held open until the test ends."""

    socket: web.WebSocketResponse
    acks: list[str] = field(default_factory=list)
    ended: bool = False

    async def say(self, **message: object) -> None:
        """Send a message."""
        await self.socket.send_json(message)

    async def hello(self) -> None:
        """Say hello, and nothing else."""
        await self.say(type="hello")

    async def envelope(self, id_: str) -> None:
        """Deliver something."""
        await self.say(type="events_api", envelope_id=id_, payload={})


@dataclass
class Slack:
    """Plays one part per websocket; the last one repeats. Refuses URLs from `urls` on."""

    parts: list[Play]
    urls: int = 100
    url: str = ""
    links: list[Link] = field(default_factory=list)
    asked: int = 0
    port: int | None = None

    async def give(self, _: web.Request) -> web.Response:
        """Answer `apps.connections.open`."""
        self.asked += 1
        if self.asked > self.urls:
            return web.json_response({"ok": False, "error": "internal_error"})
        url = self.url or f"ws://127.0.0.1:{self.port}/link"
        return web.json_response({"ok": True, "url": url})

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Play the next part."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        link = Link(socket)
        self.links.append(link)
        part = self.parts.pop(0) if len(self.parts) > 1 else self.parts[0]
        playing = asyncio.create_task(part(link))
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    link.acks.append(json.loads(frame.data)["envelope_id"])
        finally:
            link.ended = True
            playing.cancel()
        return socket
