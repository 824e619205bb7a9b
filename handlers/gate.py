"""The only entry for Slack's deliveries: verify, then parse, then dispatch to Bolt.

Bolt parses before it verifies, trusts its own headers from outside, and mistakes a command whose
text contains `payload` for an interaction. So the signature, the parsing and the workspace are
checked here, and Bolt gets the parsed body.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.domain.people import Workspace
from bot.flows.correlation import about, new_id
from bot.flows.tracing import NoTracer, Tracer
from handlers.metrics import Metrics
from handlers.origin import Body, origin_of
from handlers.refusals import RefusalCause, Refusals

BOLT_HEADERS = "x-slack-bolt-"
"""Prefix of the headers that control Bolt; no signature covers headers."""
DELIVERY = "delivery"
"""The key of the delivery's id in a listener's context."""
ACTOR = "actor"
"""The key of the actor in a listener's context; no listener reads the ids of a body."""
VALID_FOR = 300
"""Seconds before and after now for which a delivery's timestamp is valid."""
EVENT = "event_callback"
URL_CHECK = "url_verification"


@dataclass(frozen=True)
class Gate:
    """Admits Slack only. Nothing of a refused body gets into the log."""

    app: AsyncApp
    verifier: SignatureVerifier | None = field(repr=False)
    workspace: Workspace
    metrics: Metrics
    refusals: Refusals = field(default_factory=Refusals)
    new_id: Callable[[], str] = new_id
    tracer: Tracer = field(default_factory=NoTracer)

    async def deliver(self, request: web.Request) -> web.Response:
        """Answer one HTTP delivery."""
        body = self._admit(await request.read(), request)
        if isinstance(body, RefusalCause):
            self.refuse(body)
            return web.Response(status=HTTPStatus.UNAUTHORIZED, text="unauthorized")
        if not self.serves(body):
            return self._elsewhere(body)
        signature = request.headers["X-Slack-Signature"]
        answer = await self.dispatch(body, f"signature:{signature}", dict(request.headers))
        return await to_aiohttp_response(answer)

    async def dispatch(self, body: Body, delivery: str, headers: dict[str, str]) -> BoltResponse:
        """Pass a verified body to Bolt; the mode `socket_mode` stops Bolt from parsing it again.

        What has no listener is accepted: Slack switches off an app's events if most of them fail.
        """
        harmless: dict[str, str | Sequence[str]] = {
            k: v for k, v in headers.items() if not k.lower().startswith(BOLT_HEADERS)
        }
        actor = origin_of(body).actor(self.workspace)
        context = {DELIVERY: delivery_id(body) or delivery, ACTOR: actor}
        request = AsyncBoltRequest(body=body, mode="socket_mode", headers=harmless, context=context)
        self.metrics.deliveries.labels("admitted").inc()
        id_ = self.new_id()
        with about(id_), self.tracer.span("delivery", id=id_), self.metrics.ack.time():
            answer = await self.app.async_dispatch(request)
        return BoltResponse(status=200) if answer.status == HTTPStatus.NOT_FOUND else answer

    def refuse(self, cause: RefusalCause) -> None:
        """Count and log a refusal."""
        self.metrics.deliveries.labels("refused").inc()
        self.metrics.refusals.labels(cause).inc()
        self.refusals.tell(cause)

    def serves(self, body: Body) -> bool:
        """Whether the delivery belongs to the configured workspace, or checks the URL."""
        return body.get("type") == URL_CHECK or self.workspace.id in origin_of(body).teams

    def _elsewhere(self, body: Body) -> web.Response:
        """Answer for another workspace: nothing runs, and an event is not delivered again."""
        self.refuse(RefusalCause.OTHER_WORKSPACE)
        if body.get("type") == EVENT:
            return web.Response()
        return web.Response(status=HTTPStatus.UNAUTHORIZED, text="unauthorized")

    def _admit(self, raw: bytes, request: web.Request) -> Body | RefusalCause:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not self.verifier:
            return RefusalCause.NOT_OVER_HTTP
        if not (timestamp.isascii() and timestamp.isdigit()):
            return RefusalCause.NO_TIMESTAMP
        try:
            text = raw.decode()
            if abs(time.time() - int(timestamp)) > VALID_FOR:
                return RefusalCause.OLD_TIMESTAMP
            if not (signature.isascii() and self.verifier.is_valid(text, timestamp, signature)):
                return RefusalCause.BAD_SIGNATURE
            return parse(text, request.content_type)
        except (UnicodeDecodeError, ValueError, RecursionError):
            return RefusalCause.UNREADABLE


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
