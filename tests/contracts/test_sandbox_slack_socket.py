from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_blocks import actions, button
from tests.contracts.slack_lab import PLATFORM, TOM, Lab, lab, until
from tests.contracts.slack_socket import Listener


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace that delivers over sockets only."""
    async with lab(socket_mode=True, ack_timeout=1.0) as running:
        yield running


async def test_a_command_is_delivered_in_an_envelope(it: Lab) -> None:
    """The payload has the form's fields; nothing is sent over HTTP."""
    async with Listener(it) as listener:
        answer = await it.act("command", user=TOM, channel=PLATFORM, text="help @ada")
    [request] = listener.requests

    assert (answer["delivered"], answer["status"]) == ("ok", None)
    assert (request.type, request.accepts_response_payload) == ("slash_commands", True)
    assert request.payload["text"] == "help <@U0ADA0001>"
    assert it.bot.received == []


async def test_an_ack_may_carry_a_message(it: Lab) -> None:
    """The acknowledgement's payload corresponds to an HTTP body."""
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

    assert [(r.type, r.payload["type"], r.accepts_response_payload) for r in listener.requests] == [
        ("interactive", "block_actions", True),
        ("events_api", "event_callback", False),
    ]


async def test_an_unacknowledged_event_is_retried() -> None:
    """In a new envelope, with the attempt's number and the reason."""
    async with (
        lab(socket_mode=True, ack_timeout=0.05, speed=1e6) as it,
        Listener(it, silent=True) as listener,
    ):
        await it.act("home", user=TOM)
        await until(lambda: len(listener.requests) == 4)

    attempts = [(r.retry_attempt, r.retry_reason) for r in listener.requests]
    assert attempts == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({r.payload["event_id"] for r in listener.requests}) == 1
    assert len({r.envelope_id for r in listener.requests}) == 4


async def test_an_unacknowledged_command_is_not_retried() -> None:
    """Only events are."""
    async with (
        lab(socket_mode=True, ack_timeout=0.05, speed=1e6) as it,
        Listener(it, silent=True) as listener,
    ):
        for _ in range(2):
            await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert len({r.payload["trigger_id"] for r in listener.requests}) == 2
    assert len(listener.requests) == 2


async def test_no_acknowledgement_is_a_timeout() -> None:
    """As over HTTP."""
    async with lab(socket_mode=True, ack_timeout=0.05) as it, Listener(it, silent=True):
        answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert answer["delivered"] == "operation_timeout"


async def test_without_a_socket_nothing_is_delivered(it: Lab) -> None:
    """In Socket Mode the request URL is not used."""
    answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert answer["delivered"] == "dispatch_failed"
    assert it.bot.received == []


async def test_an_open_socket_takes_precedence_over_http() -> None:
    """Even if a request URL is set."""
    async with lab() as it, Listener(it) as listener:
        await it.act("command", user=TOM, channel=PLATFORM, text="help")

        assert (len(listener.requests), it.bot.received) == (1, [])


async def test_two_sockets_share_the_work(it: Lab) -> None:
    """Each envelope goes to one of them."""
    async with Listener(it) as one, Listener(it) as other:
        for _ in range(2):
            await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert (len(one.requests), len(other.requests)) == (1, 1)
