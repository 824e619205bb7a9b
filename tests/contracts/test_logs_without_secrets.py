"""What libraries repeat of a URL: a proxy's login and a websocket's ticket are in no log line."""

import io
import json
import logging
from collections.abc import Awaitable, Iterator
from typing import Final

import aiohttp
import pytest
import structlog
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.adapters.logs import OURS, configure
from bot.adapters.slack.client import Slack
from bot.adapters.slack.socket import Line, SocketClient
from bot.errors import SlackAway
from tests.contracts.test_network import HOST, listening
from tests.fakes.scripted_http import ScriptedServer, answer
from tests.variables import variables

FAR: Final = "https://slack.far.example/api/"
LOGIN: Final = "keysmith:se%40cret"
REFUSED: Final = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a process logs at its most talkative; the loggers are as before afterwards."""
    loggers = [logging.getLogger(name) for name in ("", "aiohttp.server", *OURS)]
    handlers, levels = loggers[0].handlers[:], [each.level for each in loggers]
    stream = io.StringIO()
    configure("DEBUG", stream)
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    loggers[0].handlers[:] = handlers
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)
    structlog.reset_defaults()


async def unheard(_: Line, __: SocketModeRequest) -> None:
    """Hear nothing, where no websocket opens."""


async def failure(call: Awaitable[object]) -> None:
    """Log the error of a call as an unexpected one, with all that led to it."""
    with pytest.raises(SlackAway) as raised:
        await call
    structlog.get_logger("keysmith.probe").error("failed", exc_info=raised.value)


async def test_a_proxy_s_login_is_in_no_line(log: io.StringIO) -> None:
    """Where the error of a call, or of a websocket, is traced back"""
    async with listening(REFUSED) as port, aiohttp.ClientSession() as session:
        with variables() as values:
            values["HTTPS_PROXY"] = f"http://{LOGIN}@{HOST}:{port}"
            await failure(Slack("xoxb-1", FAR, session).workspace())
            await failure(SocketClient("xapp-1", FAR, session, unheard).connect())
    texts = [" ".join(map(str, json.loads(line).values())) for line in log.getvalue().splitlines()]
    assert ["url='http://" in text for text in texts] == [True, True]
    assert "se%40cret" not in log.getvalue()
    assert "keysmith:" not in log.getvalue()


async def test_a_websocket_s_ticket_is_in_no_line(log: io.StringIO) -> None:
    """Who has it can listen in the app's place"""
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    async with (
        listening(refused) as port,
        ScriptedServer() as slack,
        aiohttp.ClientSession() as session,
    ):
        url = f"ws://{HOST}:{port}/link/?ticket=t1ck3t&app_id=1"
        slack.plays(answer({"ok": True, "url": url}, 200, Content_Type="application/json"))
        await failure(SocketClient("xapp-1", f"{slack.url}/", session, unheard).connect())
    assert "url='ws" in log.getvalue()
    assert "t1ck3t" not in log.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        "http://u:it's-s3cret@h/",
        b"http://u:s3cret@h/",
        RuntimeError("http://u:s3cret@h/"),
        {"a": ["wss://h/?ticket=s3cret"], "http://u:s3cret@h": 1},
        ("http://u:s3cret@h/", {RuntimeError("https://u:s3cret@h/")}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_value_of_a_line_holds_a_secret(value: object, log: io.StringIO) -> None:
    """Also what is within it, and what is no text"""
    structlog.get_logger("keysmith.probe").error("probe", value=value, count=2, gone=None)
    line = json.loads(log.getvalue())
    assert "s3cret" not in log.getvalue()
    assert "…" in str(line["value"])
    assert (2, None) == (line["count"], line["gone"])
