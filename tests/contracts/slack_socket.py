"""The official Socket Mode client as a scripted listener."""

from typing import Self

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import Lab


class Listener:
    """The official Socket Mode client, with a configured acknowledgement."""

    def __init__(self, it: Lab, answer: Payload | None = None, *, silent: bool = False) -> None:
        """Acknowledge with a payload, without one, or not at all (`silent`)."""
        self.requests: list[SocketModeRequest] = []
        self.answer = answer
        self.silent = silent
        web_client = AsyncWebClient(base_url=f"{it.url}/api/", session=it.session)
        self.client = SocketModeClient(it.config.app_token, web_client=web_client)
        self.client.socket_mode_request_listeners.append(self.hear)

    async def hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Handle an envelope."""
        self.requests.append(request)
        if not self.silent:
            await client.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id, payload=self.answer)
            )

    async def __aenter__(self) -> Self:
        """Connect."""
        await self.client.connect()  # type: ignore[no-untyped-call] # so in slack_sdk
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self.client.close()  # type: ignore[no-untyped-call] # likewise
