"""How Socket Mode connections begin and end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from slack_sdk.errors import SlackApiError

from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import PLATFORM, TOM, Lab, lab, until
from tests.contracts.slack_socket import Listener

FAST = 1e6  # times Slack's pace


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace that delivers over sockets only."""
    async with lab(socket_mode=True) as running:
        yield running


async def address(it: Lab) -> str:
    """A new socket's URL."""
    opened = await it.slack.apps_connections_open(app_token=it.config.app_token)
    found: str = opened["url"]
    return found


async def connected(it: Lab, stack: AsyncExitStack) -> tuple[ClientWebSocketResponse, Payload]:
    """A bare socket, and its first frame."""
    socket = await stack.enter_async_context(it.session.ws_connect(await address(it)))
    first: Payload = await socket.receive_json()
    return socket, first


async def test_a_socket_gets_a_hello(it: Lab) -> None:
    """It names the app and the number of sockets."""
    async with AsyncExitStack() as stack:
        _, first = await connected(it, stack)
        _, second = await connected(it, stack)

    assert (first["type"], first["num_connections"]) == ("hello", 1)
    assert first["connection_info"] == {"app_id": "A0KEYSMITH"}
    assert second["num_connections"] == 2


async def test_a_ticket_opens_one_socket(it: Lab) -> None:
    """The URL cannot be used twice."""
    url = await address(it)
    async with it.session.ws_connect(url):
        with pytest.raises(WSServerHandshakeError) as caught:
            await it.session.ws_connect(url)

    assert caught.value.status == 403


async def test_a_made_up_ticket_opens_none(it: Lab) -> None:
    """A guess is refused before the handshake."""
    with pytest.raises(WSServerHandshakeError) as caught:
        await it.session.ws_connect(f"{it.url}/socket/guess")

    assert caught.value.status == 403


async def test_an_eleventh_socket_is_disconnected(it: Lab) -> None:
    """Ten are served; the eleventh gets the reason."""
    async with AsyncExitStack() as stack:
        greetings = [(await connected(it, stack))[1] for _ in range(10)]
        one_too_many, frame = await connected(it, stack)
        ending = await one_too_many.receive()

    assert [greeting["num_connections"] for greeting in greetings] == list(range(1, 11))
    assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
    assert ending.type is WSMsgType.CLOSE


@pytest.mark.parametrize(
    "frame",
    ['{"envelope_id": "made-up"}', '{"envelope_id": 7}', "{}", "[]", '"text"', "no JSON"],
)
async def test_an_unknown_acknowledgement_is_ignored(it: Lab, frame: str) -> None:
    """The connection stays open, and the matching one counts."""
    async with AsyncExitStack() as stack:
        socket, _ = await connected(it, stack)
        typing = asyncio.create_task(it.act("command", user=TOM, channel=PLATFORM, text="help"))
        envelope = await socket.receive_json()
        await socket.send_str(frame)
        await socket.send_json({"envelope_id": envelope["envelope_id"]})

        assert (await typing)["delivered"] == "ok"


async def test_an_acknowledgement_counts_once(it: Lab) -> None:
    """A second one for the same envelope changes nothing."""
    async with AsyncExitStack() as stack:
        socket, _ = await connected(it, stack)
        for text in ("one", "two"):
            doing = it.act("command", user=TOM, channel=PLATFORM, text="help")
            typing = asyncio.create_task(doing)
            envelope = await socket.receive_json()
            answer = {"envelope_id": envelope["envelope_id"], "payload": {"text": text}}
            await socket.send_json(answer)
            await socket.send_json(answer)
            await typing

    assert await it.texts() == ["one", "two"]


async def test_an_acknowledgement_by_another_socket_is_ignored(it: Lab) -> None:
    """What Slack does with it is not documented, so no bot may rely on it."""
    async with AsyncExitStack() as stack:
        one, _ = await connected(it, stack)
        other, _ = await connected(it, stack)
        typing = asyncio.create_task(it.act("command", user=TOM, channel=PLATFORM, text="help"))
        envelope = await one.receive_json()
        await other.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "no"}})
        await other.close()  # it is read by then
        await one.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "yes"}})
        await typing

    assert await it.texts() == ["yes"]


@pytest.mark.parametrize("reason", ["refresh_requested", "link_disabled"])
async def test_a_connection_ends_for_a_reason(it: Lab, reason: str) -> None:
    """The frame says which, and the socket closes."""
    async with AsyncExitStack() as stack:
        socket, _ = await connected(it, stack)
        ending = asyncio.create_task(it.act("disconnect", reason=reason))
        frame = await socket.receive_json()
        closing = await socket.receive()
        await ending

    assert (frame["type"], frame["reason"]) == ("disconnect", reason)
    assert closing.type is WSMsgType.CLOSE


async def test_a_warning_comes_ten_seconds_before_the_end(it: Lab) -> None:
    """In between the socket still delivers."""
    async with AsyncExitStack() as stack:
        socket, _ = await connected(it, stack)
        await it.act("disconnect", warning=True)
        warning = await socket.receive_json()
        typing = asyncio.create_task(it.act("command", user=TOM, channel=PLATFORM, text="help"))
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await typing
        await it.act("speed", factor=FAST)
        goodbye = await socket.receive_json()

    assert (warning["reason"], goodbye["reason"]) == ("warning", "refresh_requested")


async def test_a_connection_ends_without_a_word(it: Lab) -> None:
    """As one does that breaks on the way."""
    async with AsyncExitStack() as stack:
        socket, _ = await connected(it, stack)
        ending = asyncio.create_task(it.act("disconnect", silent=True))
        closing = await socket.receive()
        await ending

    assert closing.type is WSMsgType.CLOSE


async def test_an_opening_fails_on_demand_and_uses_its_ticket_up(it: Lab) -> None:
    """By a status; by a goodbye in place of the hello, whose ticket was good."""
    await it.act("faults", method="socket", kind="status", status=503)
    url = await address(it)
    statuses = []
    for _ in range(2):
        with pytest.raises(WSServerHandshakeError) as caught:
            await it.session.ws_connect(url)
        statuses.append(caught.value.status)
    await it.act("faults", method="socket", kind="refused", error="link_disabled")
    async with AsyncExitStack() as stack:
        _, first = await connected(it, stack)

    assert statuses == [503, 403]
    assert (first["type"], first["reason"]) == ("disconnect", "link_disabled")


async def test_a_token_is_refused_on_demand(it: Lab) -> None:
    """As Slack does after it was revoked."""
    await it.act("faults", method="apps.connections.open", kind="refused", error="token_revoked")
    with pytest.raises(SlackApiError, match="token_revoked"):
        await address(it)

    assert await address(it)


async def test_an_unknown_reason_is_refused(it: Lab) -> None:
    """Slack has four."""
    assert "error" in await it.act("disconnect", reason="boredom")


@pytest.mark.parametrize("warning", [True, False])
async def test_the_official_client_reconnects(warning: object) -> None:
    """After a warning as after a refresh, and gets deliveries again."""
    async with lab(socket_mode=True, ack_timeout=0.2, speed=FAST) as it, Listener(it) as listener:
        before = await listener.client.session_id()
        await it.act("disconnect", warning=warning)

        async def renewed() -> bool:
            return await listener.client.session_id() != before

        async def heard() -> bool:  # the client may connect twice, and drops the first connection
            sent = await it.act("command", user=TOM, channel=PLATFORM, text="help")
            return bool(sent["delivered"] == "ok")

        await until(renewed)
        await until(heard)
