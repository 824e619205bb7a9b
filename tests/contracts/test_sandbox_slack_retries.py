from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.contracts.slack_lab import PLATFORM, TOM, Lab, lab, until

REVOKED = {"type": "tokens_revoked"}
FAST = 1e6  # times Slack's pace: the last attempt comes after a third of a millisecond
SHORT = 0.5  # seconds; an ack deadline that a test can wait for, and a busy machine can meet
RETRY = "X-Slack-Retry-Num", "X-Slack-Retry-Reason"


@asynccontextmanager
async def redirecting() -> AsyncIterator[str]:
    """A server that redirects /3 to /2 and so on; /0 is the end."""

    async def further(request: web.Request) -> web.Response:
        left = int(request.match_info["left"])
        if not left:
            return web.Response()
        raise web.HTTPTemporaryRedirect(f"/{left - 1}")

    application = web.Application()
    application.router.add_post("/{left}", further)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def hasty() -> AsyncIterator[Lab]:
    """A workspace that retries at once."""
    async with lab(speed=FAST) as running:
        yield running


async def test_an_event_that_fails_is_tried_three_times_more(hasty: Lab) -> None:
    """Retries carry their number and reason, the same event_id, and a signature."""
    hasty.bot.status = 500
    await hasty.act("event", event=REVOKED)
    await until(lambda: len(hasty.bot.received) == 4)

    first, *retries = hasty.bot.received
    assert not any(name in first.headers for name in RETRY)
    assert [tuple(r.headers[name] for name in RETRY) for r in retries] == [
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]
    assert len({r.payload["event_id"] for r in hasty.bot.received}) == 1
    assert all(hasty.genuine(r) for r in retries)


async def test_the_fourth_attempt_is_the_last(hasty: Lab) -> None:
    """The next delivery is another event."""
    hasty.bot.status = 500
    await hasty.act("event", event=REVOKED)
    await until(lambda: len(hasty.bot.received) == 4)
    hasty.bot.status = 200
    await hasty.act("event", event={"type": "app_uninstalled"})

    assert len(hasty.bot.received) == 5


async def test_an_event_is_retried_at_once_then_after_one_and_five_minutes(hasty: Lab) -> None:
    """In real time the second attempt comes at once; the third comes after speeding up."""
    await hasty.act("speed", factor=1)
    hasty.bot.status = 500
    await hasty.act("event", event=REVOKED)
    await until(lambda: len(hasty.bot.received) == 2)
    await hasty.act("event", event={"type": "app_uninstalled"})
    await until(lambda: len(hasty.bot.received) == 4)
    at_slack_s_pace = len(hasty.bot.received)
    await hasty.act("speed", factor=FAST)
    await until(lambda: len(hasty.bot.received) == 8)

    assert at_slack_s_pace == 4
    assert hasty.config.event_retry_delays == (0.0, 60.0, 300.0)


@pytest.mark.parametrize("factor", [0, -1, "fast"])
async def test_an_invalid_speed_is_refused(hasty: Lab, factor: object) -> None:
    """It is a number above 0."""
    assert await hasty.act("speed", factor=factor) == {"error": "factor is a number above 0"}


async def test_a_bot_can_decline_retries(hasty: Lab) -> None:
    """After X-Slack-No-Retry the next delivery is another event."""
    hasty.bot.status, hasty.bot.headers = 500, {"X-Slack-No-Retry": "1"}
    await hasty.act("event", event=REVOKED)
    await hasty.act("event", event={"type": "app_uninstalled"})

    kinds = [received.payload["event"]["type"] for received in hasty.bot.received]
    assert kinds == ["tokens_revoked", "app_uninstalled"]


async def test_an_event_is_acknowledged_by_any_2xx(hasty: Lab) -> None:
    """A command needs 200."""
    hasty.bot.status = 204
    event = await hasty.act("event", event=REVOKED)
    command = await hasty.act("command", user=TOM, channel=PLATFORM, text="help")

    assert (event["delivered"], command["delivered"]) == ("ok", "dispatch_failed")


async def reason(it: Lab) -> str:
    """The retry reason that Slack gives for the first attempt."""
    await until(lambda: any(RETRY[1] in r.headers for r in it.bot.received))
    return next(r.headers[RETRY[1]] for r in it.bot.received if RETRY[1] in r.headers)


async def test_no_answer_is_http_timeout() -> None:
    """The bot did not answer in time."""
    async with lab(ack_timeout=SHORT, speed=FAST) as it:
        it.bot.free.clear()
        await it.act("event", event=REVOKED)

        assert await reason(it) == "http_timeout"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:1/slack/events", "connection_failed"),
        ("{server}/3", "too_many_redirects"),
        ("{secure}/0", "ssl_error"),
        ("mailto:bot@example.com", "unknown_error"),
    ],
)
async def test_each_failure_has_its_reason(address: str, words: str) -> None:
    """The first attempt goes to a bad address, the second one to the bot."""
    async with lab(event_retry_delays=(60.0,)) as it, redirecting() as server:
        secure = server.replace("http:", "https:")
        await it.act("bot", request_url=address.format(server=server, secure=secure))
        await it.act("event", event=REVOKED)
        await it.act("bot", request_url=it.config.bot_request_url)
        await it.act("speed", factor=FAST)

        assert await reason(it) == words


async def test_two_redirects_of_an_event_are_followed() -> None:
    """Those of a command are not."""
    async with lab() as it, redirecting() as server:
        await it.act("bot", request_url=f"{server}/2")
        event = await it.act("event", event=REVOKED)
        command = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert (event["delivered"], event["status"]) == ("ok", 200)
    assert (command["delivered"], command["status"]) == ("dispatch_failed", 307)
