from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sandbox.slack.signing import sign
from tests.contracts.slack_lab import (
    GENERAL,
    MANIFEST,
    PLATFORM,
    SECRET,
    TOM,
    Lab,
    lab,
    until,
)


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


async def test_a_message_to_the_bot_and_a_mention_are_events_of_apps_that_subscribe() -> None:
    """With the person, the escaped text and the channel; other messages are none"""
    events = frozenset({"message.im", "app_mention"})
    async with lab(manifest=replace(MANIFEST, events=events)) as it:
        for channel, text in (
            (PLATFORM, "hello"),
            (f"D{TOM[1:]}", "key list"),
            (PLATFORM, "@keysmith key list"),
            (GENERAL, "@keysmith where are you?"),
        ):
            await it.act("message", user=TOM, channel=channel, text=text)
        await until(lambda: len(it.bot.received) == 2)
        told = [received.payload["event"] for received in it.bot.received]
    said = {event["type"]: (event["user"], event["channel"], event["text"]) for event in told}
    assert said == {
        "message": (TOM, f"D{TOM[1:]}", "key list"),
        "app_mention": (TOM, PLATFORM, "<@U0KEYSMITH> key list"),
    }
    kinds = {event["type"]: event.get("channel_type") for event in told}
    assert kinds == {"message": "im", "app_mention": None}


async def test_an_app_of_a_former_manifest_hears_no_message(it: Lab) -> None:
    """It is subscribed to other events"""
    await it.act("message", user=TOM, channel=f"D{TOM[1:]}", text="key list")
    await it.act("home", user=TOM)
    assert [r.payload["event"]["type"] for r in it.bot.received] == ["app_home_opened"]
