"""Listens in Socket Mode: each websocket, the first and every later one, has a URL of its own.

slack_sdk's client repeats one URL for ever, although a URL opens one websocket, and logs a
traceback each time. Here each failure is a `SlackError`; who tries again, and when, is not decided
here.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

import aiohttp
import structlog
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.adapters.slack.said import Message, goodbye, read_message
from bot.adapters.slack.websocket import CLOSING, USUAL, Limits, Opener, Websocket
from bot.adapters.tasks import end

_log = structlog.get_logger("keysmith.socket")

ACK_WITHIN: Final = 3.0
"""Seconds in which Slack takes an ack: so long one waits for a websocket."""
NEVER: Final = "none was opened yet"
BROKEN: Final = "the last one broke off"


@dataclass(frozen=True)
class Line:
    """One websocket, as the way of the acks of what came by it."""

    client: "SocketClient"
    websocket: Websocket

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        """Send an ack."""
        await self.client.ack(self.websocket, response)


Hear = Callable[[Line, SocketModeRequest], Coroutine[None, None, None]]


class SocketClient:
    """Listens on a websocket, and on the one before until Slack ends it; hands on what comes."""

    def __init__(
        self,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        hear: Hear,
        *,
        refused: Callable[[str], None] = lambda _: None,
        limits: Limits = USUAL,
    ) -> None:
        """`refused` hears the method of each call that Slack refuses."""
        self.lost: tuple[float, str] = time.monotonic(), NEVER
        """Since when there is no websocket, and for which reason the last one ended."""
        self._opener = Opener(token, base_url, session, refused, limits)
        self._hear, self._leaving_within = hear, limits.leaving
        self._newest: Websocket | None = None
        self._goodbye, self._closing = BROKEN, False
        self._open, self._ending = asyncio.Event(), asyncio.Event()
        self._reading, self._hearing = set[asyncio.Task[None]](), set[asyncio.Task[None]]()
        self._leaving = set[asyncio.Task[None]]()

    @property
    def connected(self) -> bool:
        """Whether Slack can deliver something now."""
        return self._open.is_set()

    async def until_ending(self) -> None:
        """Wait until the websocket has ended, or Slack says that it will."""
        await self._ending.wait()

    async def connect(self) -> None:
        """Open a websocket at a new URL. Raises `SlackError`."""
        websocket, first = await self._opener.open()
        self._newest, self._goodbye = websocket, BROKEN
        self._ending.clear()
        self._open.set()
        _start(self._read(websocket), self._reading)
        self._take(websocket, first)

    async def ack(self, websocket: Websocket, response: SocketModeResponse) -> None:
        """Send an ack by this websocket, or by the next one where it has ended.

        Slack promises nothing about an ack by another websocket than its envelope's. One that
        comes too late for Slack is logged.
        """
        try:
            async with asyncio.timeout(ACK_WITHIN):
                if websocket.closed:
                    await self._open.wait()
                    websocket = self._newest or websocket
                await websocket.send_str(json.dumps(response.to_dict()))
        except (TimeoutError, ConnectionError) as error:
            _log.warning("ack_not_sent", reason=type(error).__name__)

    async def close(self) -> None:
        """Take no more, send the acks of what was taken, and say goodbye."""
        self._closing = True
        if self._hearing:
            await asyncio.wait(self._hearing, timeout=CLOSING)
        await end(*self._reading, *self._leaving, *self._hearing)

    async def _read(self, websocket: Websocket) -> None:
        try:
            async for frame in websocket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(websocket, read_message(str(frame.data)))
        finally:
            if websocket is self._newest:
                self.lost = time.monotonic(), self._goodbye
                self._open.clear()
                self._ending.set()
            await websocket.close()

    def _take(self, websocket: Websocket, message: Message) -> None:
        if reason := goodbye(message):
            if websocket is self._newest:
                self._goodbye = reason
                if not self._ending.is_set():
                    self._ending.set()
                    _start(self._leave(websocket), self._leaving)
        elif not self._closing and (request := SocketModeRequest.from_dict(message)):
            _start(self._hear(Line(self, websocket), request), self._hearing)

    async def _leave(self, websocket: Websocket) -> None:
        """Close a websocket that Slack itself should have closed by then."""
        await asyncio.sleep(self._leaving_within)
        await websocket.close()


def _start(work: Coroutine[None, None, None], running: set[asyncio.Task[None]]) -> None:
    """Run it beside everything else; the set keeps it alive."""
    task = asyncio.create_task(work)
    running.add(task)
    task.add_done_callback(running.discard)
