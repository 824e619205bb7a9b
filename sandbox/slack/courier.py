"""Deliveries to the bot: signed HTTP as Slack sends it, or Socket Mode."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.acks import Ack, Delivered, Kind, Reason, Retry
from sandbox.slack.background import Background
from sandbox.slack.config import SlackConfig
from sandbox.slack.doubles import Disorder, Double, Doubles
from sandbox.slack.journal import Journal
from sandbox.slack.payload import Payload
from sandbox.slack.signing import signed_headers
from sandbox.slack.sockets import Envelope, Sockets
from sandbox.slack.tempo import Tempo

_OK = 200
_REDIRECT = 300
_MOST_REDIRECTS = 2  # docs.slack.dev/apis/events-api; of events alone
_MILLISECONDS = 1000
_FORM = "application/x-www-form-urlencoded"
_AGENT = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "Accept": "*/*"}


@dataclass(frozen=True)
class Parcel:
    """One HTTP request to the bot, down to its bytes."""

    body: bytes
    headers: Mapping[str, str]
    is_event: bool = False


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
    background: Background
    tempo: Tempo
    request_url: str
    doubles: Doubles = field(default_factory=Doubles)
    disorder: Disorder = field(default_factory=Disorder)
    last: Parcel | None = field(default=None)

    async def deliver(self, kind: Kind, payload: Payload, retry: Retry | None = None) -> Ack:
        """Deliver a payload; over a socket if the bot holds one open, else over HTTP."""
        async with self.disorder.turn(kind):
            first = self._wrap(kind, payload, retry)
            if (double := self.doubles.take(kind)) is not None:
                for number in range(1, double.count + 1):
                    self.background.start(self._again(double, number, payload, first))
            return self._noted(await self._carry(first), *_whom(kind, payload))

    async def send(self, parcel: Parcel) -> Ack:
        """Send a request as it is."""
        return self._noted(await self._send(parcel))

    async def _again(
        self, double: Double, number: int, payload: Payload, first: Parcel | Envelope | None
    ) -> None:
        """Deliver what was delivered before."""
        await self.tempo.wait(double.after)
        kind = double.kind
        # A second apart, so that no two signatures are the same.
        again = first if double.same_bytes else self._wrap(kind, payload, shift=number)
        ack = self._noted(await self._carry(again), *_whom(kind, payload))
        about = {"kind": str(kind), "same_bytes": double.same_bytes}
        self.doubles.sent.append({**about, **ack.summary()})

    def _noted(self, ack: Ack, user: str | None = None, channel: str | None = None) -> Ack:
        """Write down whatever the bot answered, even beside an error."""
        if ack.text.strip():
            self.journal.sent("ack", ack.body, user=user, channel=channel)
        return ack

    def _wrap(
        self, kind: Kind, payload: Payload, retry: Retry | None = None, shift: int = 0
    ) -> Parcel | Envelope | None:
        """Make a payload ready for the way that it will take; None where there is none."""
        if self.sockets.connected:
            return Envelope(kind, payload, retry)
        if self.config.socket_mode or not self.request_url:
            return None
        body, content_type = encode(kind, payload)
        now = int(self.config.clock()) + shift
        signature = signed_headers(self.config.signing_secret, now, body)
        about = {**_AGENT, "Content-Type": content_type, **(retry.headers if retry else {})}
        return Parcel(body, {**about, **signature}, kind is Kind.EVENT)

    async def _carry(self, wrapped: Parcel | Envelope | None) -> Ack:
        match wrapped:
            case None:
                return Ack(Delivered.FAILED, reason=Reason.CONNECTION_FAILED)
            case Envelope():
                return await self._over_socket(wrapped)
            case Parcel():
                return await self._send(wrapped)

    async def _send(self, parcel: Parcel) -> Ack:
        """Send a request, and remember it for a replay."""
        self.last = parcel
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.config.ack_timeout):
                return await self._post(parcel, began)
        except TimeoutError:
            return _failed(began, Reason.HTTP_TIMEOUT, Delivered.TIMEOUT)
        except aiohttp.TooManyRedirects:
            return _failed(began, Reason.TOO_MANY_REDIRECTS)
        except aiohttp.ClientSSLError:
            return _failed(began, Reason.SSL_ERROR)
        except aiohttp.ClientConnectionError:
            return _failed(began, Reason.CONNECTION_FAILED)
        except aiohttp.ClientError:
            return _failed(began, Reason.UNKNOWN_ERROR)

    async def _post(self, parcel: Parcel, began: float) -> Ack:
        async with self.session.post(
            self.request_url,
            data=parcel.body,
            headers=parcel.headers,
            allow_redirects=parcel.is_event,
            max_redirects=_MOST_REDIRECTS + 1,  # aiohttp gives up at this one
        ) as answer:
            text = await answer.text(errors="replace")
            good = range(_OK, _REDIRECT) if parcel.is_event else (_OK,)
            return Ack(
                Delivered.OK if answer.status in good else Delivered.FAILED,
                answer.status,
                _since(began),
                text,
                answer.content_type,
                answer.headers.get("X-Slack-No-Retry") == "1",
                Reason.HTTP_ERROR,
            )

    async def _over_socket(self, envelope: Envelope) -> Ack:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.config.ack_timeout):
                answer = await self.sockets.deliver(envelope)
        except (TimeoutError, ConnectionError):
            return _failed(began, Reason.HTTP_TIMEOUT, Delivered.TIMEOUT)
        text = json.dumps(answer) if answer else ""
        return Ack(Delivered.OK, None, _since(began), text, "application/json")


def _failed(began: float, reason: Reason, delivered: Delivered = Delivered.FAILED) -> Ack:
    return Ack(delivered, elapsed_ms=_since(began), reason=reason)


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * _MILLISECONDS, 3)
