"""Socket Mode: the same gate and listeners, without a public address for Slack."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from handlers.faults import failed
from handlers.gate import Gate
from handlers.origin import Body
from handlers.refusals import RefusalCause


class Wire(Protocol):
    """Takes an ack to Slack."""

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        """Send it."""


@dataclass(frozen=True)
class SocketListener:
    """Acks every envelope, even after an error: Slack takes silence for a failure."""

    gate: Gate

    async def __call__(self, client: Wire, request: SocketModeRequest) -> None:
        """Pass one envelope through the gate."""
        payload: Body | None = None
        try:
            payload = await self._answer(request)
        except Exception as error:  # noqa: BLE001  # the connection must survive
            failed(error)
        response = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
        await client.send_socket_mode_response(response)

    async def _answer(self, request: SocketModeRequest) -> Body | None:
        body: Body = dict(request.payload)
        if not self.gate.serves(body):
            self.gate.refuse(RefusalCause.OTHER_WORKSPACE)
            return None
        return _payload(await self.gate.dispatch(body, f"envelope:{request.envelope_id}", {}))


def _payload(answer: BoltResponse) -> Body | None:
    if answer.status != HTTPStatus.OK or not answer.body:
        return None
    if answer.first_headers().get("content-type", "").startswith("application/json"):
        return dict(json.loads(answer.body))
    return {"text": answer.body}
