from collections.abc import AsyncIterator

import pytest

from sandbox.slack.signing import sign
from tests.contracts.slack_lab import SECRET, TOM, Lab, lab


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot answers at once."""
    async with lab() as running:
        yield running


async def test_an_event_is_wrapped_and_signed(it: Lab) -> None:
    """app_home_opened arrives in the Events API's envelope."""
    await it.act("home", user=TOM)
    payload = it.bot.last.payload

    assert (payload["type"], payload["api_app_id"]) == ("event_callback", "A0KEYSMITH")
    assert payload["event"]["type"] == "app_home_opened"
    assert (payload["event"]["user"], payload["event"]["tab"]) == (TOM, "home")
    assert it.genuine(it.bot.last)


@pytest.mark.parametrize(
    ("sign_with", "genuine"),
    [(True, True), (False, False), ("forged", False), ("stale", False), ("future", False)],
)
async def test_a_delivery_can_be_forged(it: Lab, sign_with: object, genuine: object) -> None:
    """The official verifier accepts only the validly signed one."""
    it.bot.body = "heard"
    answer = await it.act("deliver", form={"command": "/cld"}, sign=sign_with)

    assert (answer["status"], answer["body"]) == (200, "heard")
    assert it.genuine(it.bot.last) == genuine


@pytest.mark.parametrize(
    ("content", "raw"),
    [
        ({"body": [1]}, b"[1]"),
        ({"raw": "payload=%7B"}, b"payload=%7B"),
        ({"base64": "/w=="}, b"\xff"),
    ],
)
async def test_a_delivery_can_hold_anything(
    it: Lab, content: dict[str, object], raw: bytes
) -> None:
    """JSON other than an object, half a form, bytes that are no text."""
    await it.act("deliver", **content, headers={"X-Slack-Bolt-Lazy-Only": "1"})

    assert it.bot.last.raw == raw
    assert it.bot.last.headers["X-Slack-Bolt-Lazy-Only"] == "1"
    assert it.bot.last.headers["X-Slack-Signature"] == sign(SECRET, int(it.clock.now), raw)


async def test_a_delivery_can_be_repeated_and_replayed(it: Lab) -> None:
    """The same bytes and signature arrive any number of times."""
    await it.act("deliver", form={"a": "b"}, repeat=2)
    await it.act("replay")

    assert len(it.bot.received) == 3
    assert len({(r.raw, r.headers["X-Slack-Signature"]) for r in it.bot.received}) == 1


async def test_nothing_to_replay_is_an_error(it: Lab) -> None:
    """A test that replays too early must fail."""
    assert await it.act("replay") == {"error": "nothing was delivered over HTTP yet"}
