"""Deliveries to the bot: signed HTTP as Slack sends it, or Socket Mode."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.config import SlackConfig
from sandbox.slack.journal import Journal
from sandbox.slack.payload import Payload
from sandbox.slack.signing import signed_headers
from sandbox.slack.sockets import Sockets

_OK = 200
_MILLISECONDS = 1000
_FORM = "application/x-www-form-urlencoded"
_AGENT = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "Accept": "*/*"}


class Kind(StrEnum):
    """What is delivered; the values are Socket Mode's envelope types."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


class Delivered(StrEnum):
    """How a delivery ended, in the words that Slack shows."""

    OK = "ok"
    TIMEOUT = "operation_timeout"
    FAILED = "dispatch_failed"


@dataclass(frozen=True)
class Ack:
    """The bot's answer to a delivery; `status` is None where HTTP gave none."""

    delivered: Delivered
    status: int | None = None
    elapsed_ms: float = 0.0
    text: str = ""
    content_type: str = ""
    no_retry: bool = False

    @property
    def body(self) -> object:
        """The JSON in the answer, or its text."""
        if self.content_type != "application/json":
            return self.text
        try:
            parsed: object = json.loads(self.text)
        except ValueError:
            return self.text
        return parsed

    def summary(self) -> Payload:
        """What the control surface answers."""
        return {
            "delivered": str(self.delivered),
            "status": self.status,
            "elapsed_ms": self.elapsed_ms,
        }


@dataclass(frozen=True)
class Parcel:
    """One HTTP request to the bot, down to its bytes."""

    body: bytes
    headers: Mapping[str, str]


def encode(kind: Kind, payload: Payload) -> tuple[bytes, str]:
    """Give the body and content type that Slack uses for a payload."""
    match kind:
        case Kind.COMMAND:
            return urlencode(payload).encode(), _FORM
        case Kind.INTERACTION:
            compact = json.dumps(payload, separators=(",", ":"))
            return urlencode({"payload": compact}).encode(), _FORM
        case Kind.EVENT:
            return json.dumps(payload).encode(), "application/json"


def _whom(kind: Kind, payload: Payload) -> tuple[str | None, str | None]:
    """The person and the channel that a payload is about."""
    match kind:
        case Kind.COMMAND:
            return payload["user_id"], payload["channel_id"]
        case Kind.INTERACTION:
            return payload["user"]["id"], payload.get("channel", {}).get("id")
        case Kind.EVENT:
            return payload["event"].get("user"), payload["event"].get("channel")


@dataclass
class Courier:
    """Carries payloads to the bot and brings its answers within the deadline."""

    config: SlackConfig
    session: aiohttp.ClientSession
    sockets: Sockets
    journal: Journal
    request_url: str
    last: Parcel | None = field(default=None)

    async def deliver(
        self, kind: Kind, payload: Payload, extra: Mapping[str, str] | None = None
    ) -> Ack:
        """Deliver a payload; over a socket if the bot holds one open, else over HTTP."""
        if self.sockets.connected:
            ack = await self._over_socket(kind, payload)
        elif self.config.socket_mode:
            ack = Ack(Delivered.FAILED)
        else:
            ack = await self._over_http(kind, payload, extra or {})
        user, channel = _whom(kind, payload)
        return self._noted(ack, user, channel)

    async def send(self, parcel: Parcel) -> Ack:
        """Send a request as it is."""
        return self._noted(await self._send(parcel))

    def _noted(self, ack: Ack, user: str | None = None, channel: str | None = None) -> Ack:
        """Write down whatever the bot answered, even beside an error."""
        if ack.text.strip():
            self.journal.sent("ack", ack.body, user=user, channel=channel)
        return ack

    async def _over_http(self, kind: Kind, payload: Payload, extra: Mapping[str, str]) -> Ack:
        body, content_type = encode(kind, payload)
        signature = signed_headers(self.config.signing_secret, int(self.config.clock()), body)
        headers = {**_AGENT, "Content-Type": content_type, **signature, **extra}
        return await self._send(Parcel(body, headers))

    async def _send(self, parcel: Parcel) -> Ack:
        """Send a request, and remember it for a replay."""
        if not self.request_url:
            return Ack(Delivered.FAILED)
        self.last = parcel
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.config.ack_timeout):
                return await self._post(parcel, began)
        except TimeoutError:
            return Ack(Delivered.TIMEOUT, elapsed_ms=_since(began))
        except aiohttp.ClientError:
            return Ack(Delivered.FAILED, elapsed_ms=_since(began))

    async def _post(self, parcel: Parcel, began: float) -> Ack:
        async with self.session.post(
            self.request_url, data=parcel.body, headers=parcel.headers, allow_redirects=False
        ) as answer:
            text = await answer.text(errors="replace")
            return Ack(
                Delivered.OK if answer.status == _OK else Delivered.FAILED,
                answer.status,
                _since(began),
                text,
                answer.content_type,
                answer.headers.get("X-Slack-No-Retry") == "1",
            )

    async def _over_socket(self, kind: Kind, payload: Payload) -> Ack:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.config.ack_timeout):
                answer = await self.sockets.deliver(kind, payload)
        except (TimeoutError, ConnectionError):
            return Ack(Delivered.TIMEOUT, elapsed_ms=_since(began))
        text = json.dumps(answer) if answer else ""
        return Ack(Delivered.OK, None, _since(began), text, "application/json")


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * _MILLISECONDS, 3)
