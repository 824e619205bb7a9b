from collections.abc import AsyncIterator
from typing import Self

import pytest
from aiohttp import WSServerHandshakeError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.payload import Payload
from tests.contracts.slack_twin import PLATFORM, TOM, Lab, lab, refusal, until
from tests.contracts.slack_twin_blocks import actions, button


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace that delivers over sockets only."""
    async with lab(socket_mode=True, ack_timeout=1.0) as running:
        yield running


class Listener:
    """The official Socket Mode client, which acknowledges with what it was told."""

    def __init__(self, it: Lab, answer: Payload | None = None, *, silent: bool = False) -> None:
        """Answer with a payload, or without one, or not at all."""
        self.requests: list[SocketModeRequest] = []
        self.answer = answer
        self.silent = silent
        web_client = AsyncWebClient(base_url=f"{it.url}/api/", session=it.session)
        self.client = SocketModeClient(it.config.app_token, web_client=web_client)
        self.client.socket_mode_request_listeners.append(self.hear)

    async def hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Take an envelope."""
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
        """Leave."""
        await self.client.close()  # type: ignore[no-untyped-call] # likewise


async def test_a_command_travels_in_an_envelope(it: Lab) -> None:
    """The payload is the form's fields; nothing goes over HTTP."""
    async with Listener(it) as listener:
        answer = await it.act("command", user=TOM, channel=PLATFORM, text="help @ada")
    [request] = listener.requests

    assert (answer["delivered"], answer["status"]) == ("ok", None)
    assert (request.type, request.accepts_response_payload) == ("slash_commands", True)
    assert request.payload["text"] == "help <@U0ADA0001>"
    assert it.bot.received == []


async def test_an_ack_may_hold_a_message(it: Lab) -> None:
    """The acknowledgement's payload is what an HTTP body would be."""
    async with Listener(it, {"text": "by socket"}):
        await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert await it.texts() == ["by socket"]


async def test_clicks_and_events_have_their_types(it: Lab) -> None:
    """Clicks are `interactive`, events `events_api`, as Slack names them."""
    posted = await it.slack.chat_postMessage(
        channel=PLATFORM, text="card", blocks=[actions(button("go"))]
    )
    async with Listener(it) as listener:
        await it.act("click", user=TOM, channel=PLATFORM, message_ts=posted["ts"], action_id="go")
        await it.act("home", user=TOM)

    assert [(r.type, r.payload["type"]) for r in listener.requests] == [
        ("interactive", "block_actions"),
        ("events_api", "event_callback"),
    ]


async def test_silence_is_a_timeout() -> None:
    """An envelope that nobody acknowledges ends as over HTTP."""
    async with lab(socket_mode=True, ack_timeout=0.05) as it, Listener(it, silent=True):
        answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert answer["delivered"] == "operation_timeout"


async def test_without_a_socket_nothing_is_delivered(it: Lab) -> None:
    """In Socket Mode the request URL is not used."""
    answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert answer["delivered"] == "dispatch_failed"
    assert it.bot.received == []


async def test_an_open_socket_wins_over_http() -> None:
    """Even where HTTP is set up, a connected bot gets its deliveries there."""
    async with lab() as it, Listener(it) as listener:
        await it.act("command", user=TOM, channel=PLATFORM, text="help")

        assert (len(listener.requests), it.bot.received) == (1, [])


async def test_two_sockets_share_the_work(it: Lab) -> None:
    """Each envelope goes to one of them."""
    async with Listener(it) as one, Listener(it) as other:
        for _ in range(2):
            await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert (len(one.requests), len(other.requests)) == (1, 1)


async def test_a_disconnected_client_comes_back(it: Lab) -> None:
    """The official client reconnects after a refresh, and hears again."""
    async with Listener(it) as listener:
        before = await listener.client.session_id()
        await it.act("disconnect")

        async def renewed() -> bool:
            return await listener.client.session_id() != before

        await until(renewed)
        answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert answer["delivered"] == "ok"


async def test_only_the_app_token_opens_a_socket(it: Lab) -> None:
    """The bot's token is of the wrong type."""
    opening = it.slack.apps_connections_open(app_token=it.config.bot_token)

    assert (await refusal(opening))["error"] == "not_allowed_token_type"


async def test_a_ticket_opens_one_socket(it: Lab) -> None:
    """The URL cannot be used twice."""
    opened = await it.slack.apps_connections_open(app_token=it.config.app_token)
    async with it.session.ws_connect(opened["url"]) as socket:
        hello = await socket.receive_json()
        with pytest.raises(WSServerHandshakeError):
            await it.session.ws_connect(opened["url"])

    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
