"""What libraries repeat of a URL: a proxy's login and a websocket's ticket are in no log line."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Final

import aiohttp
import pytest
import structlog

from bot.adapters.logs import OURS, configure
from bot.adapters.slack.client import Slack
from bot.adapters.slack.socket import SocketClient
from bot.adapters.tasks import end
from bot.errors import SlackAway
from tests.contracts.test_network import HOST, listening
from tests.scenarios.system import until
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


async def connect_in_vain(socket: SocketClient, log: io.StringIO) -> None:
    """Connect until slack_sdk has logged the error."""
    connecting = asyncio.create_task(socket.connect())  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped

    async def logged() -> bool:
        return "Failed to connect" in log.getvalue()

    await until(logged)
    await socket.close()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
    await end(connecting)


async def test_a_proxy_s_login_is_in_no_line(log: io.StringIO) -> None:
    """Neither where slack_sdk logs the error of a websocket, nor where an error is traced back"""
    async with listening(REFUSED) as port, aiohttp.ClientSession() as session:
        with variables() as values:
            values["HTTPS_PROXY"] = f"http://{LOGIN}@{HOST}:{port}"
            slack, socket = Slack("xoxb-1", FAR, session), SocketClient("xapp-1", FAR, session)
        socket.wss_uri, socket.proxy = "wss://far.example/link/?ticket=t1ck3t", slack.client.proxy
        with pytest.raises(SlackAway) as raised:
            await slack.workspace()
        structlog.get_logger("keysmith.probe").error("failed", exc_info=raised.value)
        await connect_in_vain(socket, log)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    texts = {line["logger"]: " ".join(map(str, line.values())) for line in lines}
    told = {logger for logger, text in texts.items() if "url='http://" in text}
    assert {"keysmith.probe", "slack_sdk.socket_mode.aiohttp"} == told
    assert "se%40cret" not in log.getvalue()
    assert "keysmith:" not in log.getvalue()


async def test_a_websocket_s_ticket_is_in_no_line(log: io.StringIO) -> None:
    """Who has it can listen in the app's place"""
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    async with listening(refused) as port, aiohttp.ClientSession() as session:
        socket = SocketClient("xapp-1", FAR, session)
        socket.wss_uri = f"ws://{HOST}:{port}/link/?ticket=t1ck3t&app_id=1"
        await connect_in_vain(socket, log)
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
