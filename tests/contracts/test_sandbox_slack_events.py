from collections.abc import AsyncIterator

import pytest

from sandbox.slack.signing import sign
from tests.contracts.slack_twin import SECRET, TOM, Lab, lab, until

SHORT = 0.05  # seconds; an ack deadline that a test can wait for


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot answers at once."""
    async with lab() as running:
        yield running


@pytest.fixture
async def hasty() -> AsyncIterator[Lab]:
    """A workspace that waits for no more than a moment."""
    async with lab(ack_timeout=SHORT, event_retry_delays=(0.0, 0.0, 0.0)) as running:
        yield running


async def test_an_event_is_wrapped_and_signed(it: Lab) -> None:
    """app_home_opened arrives in the Events API's envelope."""
    await it.act("home", user=TOM)
    payload = it.bot.last.payload

    assert (payload["type"], payload["api_app_id"]) == ("event_callback", "A0KEYSMITH")
    assert payload["event"]["type"] == "app_home_opened"
    assert (payload["event"]["user"], payload["event"]["tab"]) == (TOM, "home")
    assert it.genuine(it.bot.last)


async def test_an_event_that_fails_is_tried_three_times_more(hasty: Lab) -> None:
    """Retries carry their number and reason, the same event_id, and a signature."""
    hasty.bot.status = 500
    await hasty.act("event", event={"type": "tokens_revoked"})
    await until(lambda: len(hasty.bot.received) == 4)

    retries = hasty.bot.received[1:]
    assert [r.headers["X-Slack-Retry-Num"] for r in retries] == ["1", "2", "3"]
    assert {r.headers["X-Slack-Retry-Reason"] for r in retries} == {"http_error"}
    assert len({r.payload["event_id"] for r in hasty.bot.received}) == 1
    assert all(hasty.genuine(r) for r in retries)


async def test_an_event_is_tried_again_after_a_timeout(hasty: Lab) -> None:
    """The reason says that nobody answered in time."""
    hasty.bot.free.clear()
    await hasty.act("event", event={"type": "tokens_revoked"})
    await until(lambda: len(hasty.bot.received) == 2)

    assert hasty.bot.last.headers["X-Slack-Retry-Reason"] == "http_timeout"


async def test_a_bot_can_decline_retries(hasty: Lab) -> None:
    """X-Slack-No-Retry ends it: what comes next is another event."""
    hasty.bot.status, hasty.bot.headers = 500, {"X-Slack-No-Retry": "1"}
    await hasty.act("event", event={"type": "tokens_revoked"})
    await hasty.act("event", event={"type": "app_uninstalled"})

    kinds = [received.payload["event"]["type"] for received in hasty.bot.received]
    assert kinds == ["tokens_revoked", "app_uninstalled"]


@pytest.mark.parametrize(
    ("sign_with", "genuine"),
    [(True, True), (False, False), ("forged", False), ("stale", False), ("future", False)],
)
async def test_a_delivery_can_be_forged(it: Lab, sign_with: object, genuine: object) -> None:
    """The official verifier takes only the well-signed one."""
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
    """JSON that is no object, half a form, bytes that are no text."""
    await it.act("deliver", **content, headers={"X-Slack-Bolt-Lazy-Only": "1"})

    assert it.bot.last.raw == raw
    assert it.bot.last.headers["X-Slack-Bolt-Lazy-Only"] == "1"
    assert it.bot.last.headers["X-Slack-Signature"] == sign(SECRET, int(it.clock.now), raw)


async def test_a_delivery_can_be_repeated_and_replayed(it: Lab) -> None:
    """The same bytes and signature arrive as often as wanted."""
    await it.act("deliver", form={"a": "b"}, repeat=2)
    await it.act("replay")

    assert len(it.bot.received) == 3
    assert len({(r.raw, r.headers["X-Slack-Signature"]) for r in it.bot.received}) == 1


async def test_nothing_to_replay_is_an_error(it: Lab) -> None:
    """A test that replays too early hears of it."""
    assert await it.act("replay") == {"error": "nothing was delivered over HTTP yet"}
