"""The only entry for Slack's deliveries: verify, then parse, then dispatch to Bolt.

Bolt parses before it verifies, trusts its own headers from outside, and mistakes a command whose
text contains `payload` for an interaction. So the signature, the parsing and the workspace are
checked here, and Bolt gets the parsed body.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from handlers.metrics import Metrics

Body = dict[str, object]

BOLT_HEADERS = "x-slack-bolt-"
"""Prefix of the headers that control Bolt; no signature covers headers."""
DELIVERY = "delivery"
"""The key of the delivery's id in a listener's context."""


@dataclass(frozen=True)
class Gate:
    """Admits Slack only. Nothing of a refused body gets into the log."""

    app: AsyncApp
    verifier: SignatureVerifier | None = field(repr=False)
    team_id: str
    metrics: Metrics

    async def deliver(self, request: web.Request) -> web.Response:
        """Answer one HTTP delivery."""
        started = time.perf_counter()
        body = self._admit(await _raw(request), request)
        if body is None:
            self.metrics.deliveries.labels("refused").inc()
            return web.Response(status=HTTPStatus.UNAUTHORIZED, text="unauthorized")
        signature = request.headers["X-Slack-Signature"]
        answer = await self.dispatch(body, f"signature:{signature}", dict(request.headers))
        self.metrics.ack.observe(time.perf_counter() - started)
        return await to_aiohttp_response(answer)

    async def dispatch(self, body: Body, delivery: str, headers: dict[str, str]) -> BoltResponse:
        """Pass a verified body to Bolt; the mode `socket_mode` stops Bolt from parsing it again."""
        harmless: dict[str, str | Sequence[str]] = {
            k: v for k, v in headers.items() if not k.lower().startswith(BOLT_HEADERS)
        }
        context = {DELIVERY: delivery_id(body) or delivery}
        request = AsyncBoltRequest(body=body, mode="socket_mode", headers=harmless, context=context)
        self.metrics.deliveries.labels("admitted").inc()
        return await self.app.async_dispatch(request)

    def _admit(self, raw: bytes, request: web.Request) -> Body | None:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        try:
            text = raw.decode()
            if not (timestamp.isascii() and timestamp.isdigit() and signature.isascii()):
                return None
            if not (self.verifier and self.verifier.is_valid(text, timestamp, signature)):
                return None
            body = parse(text, request.content_type)
        except (UnicodeDecodeError, ValueError, RecursionError):
            return None
        return body if self.serves(body) else None

    def serves(self, body: Body) -> bool:
        """Whether the delivery belongs to the configured workspace, or checks the URL."""
        return body.get("type") == "url_verification" or team_of(body) == self.team_id


async def _raw(request: web.Request) -> bytes:
    """Read the body; an unreadable one counts as empty, which no signature matches."""
    try:
        return await request.read()
    except web.HTTPException:
        raise
    except Exception:  # noqa: BLE001  # a stranger's input is not logged
        return b""


def parse(text: str, content_type: str) -> Body:
    """Parse a delivery's body.

    Raises:
        ValueError: the body is no object.

    """
    if content_type == "application/x-www-form-urlencoded":
        form: Body = dict(parse_qsl(text, keep_blank_values=True))
        if "payload" not in form or "command" in form:
            return form
        text = str(form["payload"])
    body = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError("not an object")  # noqa: TRY004  # one kind of refusal
    return body


def delivery_id(body: Body) -> str | None:
    """Identify what a person did at Slack: the same id however often Slack delivers it."""
    ids = ((name, body.get(name)) for name in ("trigger_id", "event_id"))
    return next((f"{name}:{value}" for name, value in ids if value), None)


def team_of(body: Body) -> str:
    """Read the workspace that a delivery belongs to; its actor may belong to another one."""
    for place in (body.get("team"), body.get("user")):
        if isinstance(place, dict):
            return str(place.get("id") if place is body.get("team") else place.get("team_id"))
    return str(body.get("team_id", ""))
