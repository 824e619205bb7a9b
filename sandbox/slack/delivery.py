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
from sandbox.slack.duplicates import DuplicatePlan, Duplicates, Reordering
from sandbox.slack.journal import Journal
from sandbox.slack.pacing import Pacing
from sandbox.slack.payload import Payload
from sandbox.slack.signing import signed_headers
from sandbox.slack.sockets import Envelope, Sockets

_OK = 200
_REDIRECT = 300
_MAX_REDIRECTS = 2  # docs.slack.dev/apis/events-api; for events only
_MILLISECONDS = 1000
_FORM = "application/x-www-form-urlencoded"
_AGENT = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "Accept": "*/*"}


@dataclass(frozen=True)
class RawRequest:
    """One HTTP request to the bot, with its exact bytes."""

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


def _about(kind: Kind, payload: Payload) -> dict[str, str | None]:
    """The person and the channel that a payload is about, and where its answers go."""
    match kind:
        case Kind.COMMAND:
            user, channel = payload["user_id"], payload["channel_id"]
        case Kind.INTERACTION:
            user, channel = payload["user"]["id"], payload.get("channel", {}).get("id")
        case Kind.EVENT:
            known, channel = payload["event"].get("user"), payload["event"].get("channel")
            user = known["id"] if isinstance(known, dict) else known
    return {"user": user, "channel": channel, "response_url": payload.get("response_url")}


@dataclass
class DeliveryService:
    """Delivers payloads to the bot and waits for its answers until the deadline."""

    config: SlackConfig
    session: aiohttp.ClientSession
    sockets: Sockets
    journal: Journal
    background: Background
    pacing: Pacing
    request_url: str
    duplicates: Duplicates = field(default_factory=Duplicates)
    reordering: Reordering = field(default_factory=Reordering)
    last: RawRequest | None = field(default=None)

    async def deliver(self, kind: Kind, payload: Payload, retry: Retry | None = None) -> Ack:
        """Deliver a payload, over a socket if the bot has one open and over HTTP otherwise."""
        if self.config.grid:
            payload = self.config.grid.placed(kind, payload)
        async with self.reordering.turn(kind):
            first = self._wrap(kind, payload, retry)
            if (plan := self.duplicates.take(kind)) is not None:
                for number in range(1, plan.count + 1):
                    self.background.start(self._again(plan, number, payload, first))
            return self._log(await self._transmit(first), **_about(kind, payload))

    async def send(self, raw_request: RawRequest) -> Ack:
        """Send a request unchanged."""
        return self._log(await self._send(raw_request))

    async def _again(
        self,
        plan: DuplicatePlan,
        number: int,
        payload: Payload,
        first: RawRequest | Envelope | None,
    ) -> None:
        """Deliver a payload once more, after the planned delay."""
        await self.pacing.wait(plan.after)
        kind = plan.kind
        # Timestamps one second apart make the signatures differ.
        again = first if plan.same_bytes else self._wrap(kind, payload, shift=number)
        ack = self._log(await self._transmit(again), **_about(kind, payload))
        about = {"kind": str(kind), "same_bytes": plan.same_bytes}
        self.duplicates.sent.append({**about, **ack.summary()})

    def _log(self, ack: Ack, **about: str | None) -> Ack:
        """Log the bot's answer in the journal, even if the delivery failed."""
        if ack.text.strip():
            self.journal.sent("ack", ack.body, **about)
        return ack

    def _wrap(
        self, kind: Kind, payload: Payload, retry: Retry | None = None, shift: int = 0
    ) -> RawRequest | Envelope | None:
        """Wrap a payload for Socket Mode or HTTP; None if the bot can be reached by neither."""
        if self.sockets.connected:
            return Envelope(kind, payload, retry)
        if self.config.socket_mode or not self.request_url:
            return None
        body, content_type = encode(kind, payload)
        now = int(self.config.clock()) + shift
        signature = signed_headers(self.config.signing_secret, now, body)
        about = {**_AGENT, "Content-Type": content_type, **(retry.headers if retry else {})}
        return RawRequest(body, {**about, **signature}, kind is Kind.EVENT)

    async def _transmit(self, wrapped: RawRequest | Envelope | None) -> Ack:
        match wrapped:
            case None:
                return Ack(Delivered.FAILED, reason=Reason.CONNECTION_FAILED)
            case Envelope():
                return await self._over_socket(wrapped)
            case RawRequest():
                return await self._send(wrapped)

    async def _send(self, raw_request: RawRequest) -> Ack:
        """Send a request, and keep it for a replay."""
        self.last = raw_request
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.config.ack_timeout):
                return await self._post(raw_request, began)
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

    async def _post(self, raw_request: RawRequest, began: float) -> Ack:
        async with self.session.post(
            self.request_url,
            data=raw_request.body,
            headers=raw_request.headers,
            allow_redirects=raw_request.is_event,
            max_redirects=_MAX_REDIRECTS + 1,  # aiohttp gives up at this one
        ) as answer:
            text = await answer.text(errors="replace")
            good = range(_OK, _REDIRECT) if raw_request.is_event else (_OK,)
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
