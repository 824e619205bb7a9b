"""Opens one websocket of Socket Mode, which is a new URL and a hello, and reads what Slack says."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from bot.adapters.network import proxy_for
from bot.adapters.slack.client import answered
from bot.adapters.slack.said import Message, goodbye, read_message
from bot.adapters.slack.token import TokenState, WatchedClient
from bot.errors import SlackAway

HEARTBEAT: Final = 10.0
"""Seconds between two pings; without an answer for half of that the websocket is dead."""
CLOSING: Final = 3.0
"""Seconds for the acks of a stopping process, and for a websocket's goodbye."""

Websocket = aiohttp.ClientWebSocketResponse


@dataclass(frozen=True)
class Limits:
    """How long Slack is waited for, in seconds."""

    hello: float = 10.0
    """From the opening of a websocket to Slack's first word on it, whatever pings come before."""
    leaving: float = 30.0
    """From Slack's goodbye to the end of the websocket; it says ten."""


USUAL: Final = Limits()


class Opener:
    """Opens websockets for one app; `refused` hears the method of each call that Slack refuses."""

    def __init__(
        self,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        refused: Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._web = WatchedClient(base_url=base_url, session=session)
        self._web.state, self._web.refused = TokenState(), refused
        self._web.proxy = proxy_for(base_url)  # slack_sdk itself does not hear NO_PROXY
        self._token, self._base_url, self._session = token, base_url, session
        self._limits = limits

    async def open(self) -> tuple[Websocket, Message]:
        """Ask for a URL and open its websocket; gives Slack's first word too. Raises `SlackError`.

        aiohttp's own error of a refused websocket has its URL, a secret; no reason repeats it.
        """
        asking = self._web.apps_connections_open(app_token=self._token)
        url = _checked(str((await answered(asking, self._base_url)).get("url")))
        websocket = await answered(self._open_at(url), url)
        try:
            return websocket, await _first_word(websocket, self._limits.hello)
        except BaseException:
            await websocket.close()
            raise

    async def _open_at(self, url: str) -> Websocket:
        limit, proxy = aiohttp.ClientWSTimeout(ws_close=CLOSING), proxy_for(url)
        opening = self._session.ws_connect(url, heartbeat=HEARTBEAT, proxy=proxy, timeout=limit)
        try:
            return await opening
        except aiohttp.WSServerHandshakeError as error:
            reason = f"{urlsplit(url).hostname} opens no websocket (status {error.status})"
            raise SlackAway(f"websocket_{error.status}", reason) from error


def _checked(url: str) -> str:
    """Refuse what is no websocket's URL; the error does not repeat it."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"ws", "wss"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SlackAway("no_url", "Slack gives no URL of a websocket")
    return url


async def _first_word(websocket: Websocket, within: float) -> Message:
    """Give Slack's hello; raises `SlackAway` where it says goodbye or nothing.

    aiohttp's own limit of `receive` starts again at each ping and pong.
    """
    try:
        async with asyncio.timeout(within):
            frame = await websocket.receive()
    except TimeoutError:
        raise SlackAway("no_hello", "Slack opens a websocket, and says nothing") from None
    if frame.type is not aiohttp.WSMsgType.TEXT:
        raise SlackAway("no_hello", "Slack opens a websocket, and closes it at once")
    message = read_message(str(frame.data))
    if reason := goodbye(message):
        raise SlackAway(str(message.get("reason")), reason)
    return message
