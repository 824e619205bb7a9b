"""The one way in for Slack's deliveries: proven first, parsed after, then Bolt.

Bolt parses before it verifies, trusts its own headers from outside, and mistakes a form that
holds the word `payload` for an interaction; so the signature, the parsing and the workspace are
checked here, and Bolt is handed the parsed body.
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
"""Headers that steer Bolt; nobody signs headers."""
DELIVERY = "delivery"
"""Where a listener finds what tells this delivery from others."""


@dataclass(frozen=True)
class Gate:
    """Lets Slack in, and nobody else. What is refused leaves nothing of itself in the log."""

    app: AsyncApp
    verifier: SignatureVerifier | None = field(repr=False)
    team_id: str
    metrics: Metrics

    async def deliver(self, request: web.Request) -> web.Response:
        """Answer one delivery over HTTP."""
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
        """Hand a proven body to Bolt; `socket_mode` keeps Bolt from parsing it again."""
        kept: dict[str, str | Sequence[str]] = {
            k: v for k, v in headers.items() if not k.lower().startswith(BOLT_HEADERS)
        }
        request = AsyncBoltRequest(
            body=body,
            mode="socket_mode",
            headers=kept,
            context={DELIVERY: mark_of(body) or delivery},
        )
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
        """Whether the delivery is of the one workspace that is served."""
        return body.get("type") == "url_verification" or team_of(body) == self.team_id


async def _raw(request: web.Request) -> bytes:
    """Read the body; one that does not decode is nobody's."""
    try:
        return await request.read()
    except web.HTTPException:
        raise
    except Exception:  # noqa: BLE001  # whatever a stranger sends, it is not logged
        return b""


def parse(text: str, content_type: str) -> Body:
    """Read a delivery's body.

    Raises:
        ValueError: it is no object.

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


def mark_of(body: Body) -> str | None:
    """What tells one thing done at Slack from others, however often and however signed it comes."""
    marks = ((name, body.get(name)) for name in ("trigger_id", "event_id"))
    return next((f"{name}:{value}" for name, value in marks if value), None)


def team_of(body: Body) -> str:
    """The workspace that a delivery belongs to; not always its actor's own."""
    for place in (body.get("team"), body.get("user")):
        if isinstance(place, dict):
            return str(place.get("id") if place is body.get("team") else place.get("team_id"))
    return str(body.get("team_id", ""))
