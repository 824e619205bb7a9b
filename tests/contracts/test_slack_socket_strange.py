"""Socket Mode with a Slack that does what it seldom or never does: it plays a script."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.adapters.slack.socket import Line, SocketClient
from bot.adapters.slack.websocket import Limits
from bot.cli.socket_mode import SocketMode
from bot.cli.starting import Reaching
from bot.errors import SlackAway
from tests.contracts.slack_lab import until
from tests.contracts.slack_script import Link, Play, Slack


@dataclass
class Bot:
    """Slack, and what listens to it."""

    slack: Slack
    client: SocketClient
    mode: SocketMode
    heard: list[str]
    free: asyncio.Event

    async def begin(self) -> None:
        """Open the first websocket."""
        await self.mode.begin(Reaching({}, sleep=_at_once))


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
async def bot_for() -> AsyncIterator[Callable[..., Awaitable[Bot]]]:
    """Makes a bot for a Slack that plays these parts."""
    servers, clients = list[TestServer](), list[SocketClient]()
    async with ClientSession() as session:

        async def make(*parts: Play, urls: int = 100, limits: Limits | None = None) -> Bot:
            slack, heard, free = Slack(list(parts), urls), list[str](), asyncio.Event()
            free.set()
            app = web.Application()
            app.router.add_post("/api/apps.connections.open", slack.give)
            app.router.add_get("/link", slack.link)
            server = TestServer(app)
            await server.start_server()
            servers.append(server)
            slack.port = server.port

            async def hear(line: Line, request: SocketModeRequest) -> None:
                heard.append(request.envelope_id)
                await free.wait()
                await line.send_socket_mode_response(SocketModeResponse(request.envelope_id))

            url = f"http://127.0.0.1:{server.port}/api/"
            client = SocketClient("xapp-1", url, session, hear, limits=limits or Limits())
            clients.append(client)
            mode = SocketMode(client, gap=0.0, sleep=_at_once)
            return Bot(slack, client, mode, heard, free)

        yield make
        for client in clients:
            await client.close()
        for server in servers:
            await server.close()


PINGS_EVERY: Final = 0.05
"""Seconds: more often than the limit of the hello, so that each ping would start it again."""
BotFor = Callable[..., Awaitable[Bot]]


async def pings_only(link: Link) -> None:
    """Show that the websocket lives, and say nothing."""
    while True:
        await link.socket.ping()
        await asyncio.sleep(PINGS_EVERY)


async def hello(link: Link) -> None:
    """Say hello."""
    await link.hello()


async def test_a_websocket_with_pings_and_no_hello_is_given_up(bot_for: BotFor) -> None:
    """Each ping would start the wait again, and the process would hear nothing for ever"""
    bot = await bot_for(pings_only, hello, limits=Limits(hello=0.3))
    with pytest.raises(SlackAway, match="no_hello"):
        async with asyncio.timeout(5):
            await bot.client.connect()
    await until(lambda: bot.slack.links[0].ended)


@pytest.mark.parametrize("url", ["wss://[?ticket=1", "wss://a:99999/?ticket=1", "ftp://a", "link"])
async def test_a_url_that_is_none_is_asked_for_again(bot_for: BotFor, url: str) -> None:
    """And no reason repeats it: it has a ticket"""
    bot = await bot_for(hello)
    bot.slack.url = url
    with pytest.raises(SlackAway) as caught:
        await bot.client.connect()
    assert caught.value.reason == "Slack gives no URL of a websocket"


async def test_an_envelope_before_hello_is_taken(bot_for: BotFor) -> None:
    """Nothing is lost"""

    async def early(link: Link) -> None:
        await link.envelope("early")
        await link.hello()

    bot = await bot_for(early)
    await bot.begin()
    await until(lambda: bot.slack.links[0].acks == ["early"])


@pytest.mark.parametrize(
    "strange",
    [
        "no json",
        "[]",
        "null",
        "1" * 9000,
        '{"type": ["hello"], "envelope_id": {}, "payload": []}',
        '{"type":"events_api","envelope_id":"' + "x" * 100,
        "[" * 100_000,
        b"\xff\xfe",
    ],
    ids=["text", "list", "null", "number", "types", "cut", "deep", "binary"],
)
async def test_a_strange_frame_is_passed_over(bot_for: BotFor, strange: str | bytes) -> None:
    """What comes after it, by the same websocket, is taken"""

    async def say(link: Link) -> None:
        await link.hello()
        if isinstance(strange, bytes):
            await link.socket.send_bytes(strange)
        else:
            await link.socket.send_str(strange)
        await link.envelope("next")

    bot = await bot_for(say)
    await bot.begin()
    await until(lambda: bot.slack.links[0].acks == ["next"], 5)


async def test_a_first_word_that_is_nested_too_deeply_is_passed_over(bot_for: BotFor) -> None:
    """At a start it would end the process"""

    async def deep(link: Link) -> None:
        await link.socket.send_str("[" * 100_000)
        await link.envelope("next")

    bot = await bot_for(deep)
    await bot.begin()
    await until(lambda: bot.slack.links[0].acks == ["next"], 5)


async def test_a_frame_that_is_too_large_ends_the_websocket_only(bot_for: BotFor) -> None:
    """It is replaced like every other one that ends"""

    async def large(link: Link) -> None:
        await link.hello()
        await link.socket.send_str("x" * 5_000_000)

    bot = await bot_for(large, hello)
    await bot.begin()
    await asyncio.wait_for(bot.mode.renew(), 5)
    assert bot.client.connected


async def test_an_ack_goes_by_the_websocket_of_its_envelope_while_that_is_open(
    bot_for: BotFor,
) -> None:
    """Slack promises nothing about an ack that comes by another one"""

    async def warned(link: Link) -> None:
        await link.hello()
        await link.envelope("one")
        await link.say(type="disconnect", reason="warning")

    bot = await bot_for(warned, hello)
    bot.free.clear()
    await bot.begin()
    await until(lambda: bot.heard == ["one"])
    await bot.mode.renew()
    bot.free.set()
    await until(lambda: any(link.acks for link in bot.slack.links))
    assert [link.acks for link in bot.slack.links] == [["one"], []]


async def test_an_ack_goes_out_while_the_newest_websocket_has_gone(bot_for: BotFor) -> None:
    """The one before takes it as long as it is open"""

    async def warned(link: Link) -> None:
        await link.hello()
        await link.envelope("one")
        await link.say(type="disconnect", reason="warning")

    bot = await bot_for(warned, hello, urls=2)
    bot.free.clear()
    await bot.begin()
    await until(lambda: bot.heard == ["one"])
    await bot.mode.renew()
    await bot.slack.links[1].socket.close()
    await until(lambda: not bot.client.connected)
    bot.free.set()
    await until(lambda: bot.slack.links[0].acks == ["one"], 1)


async def test_a_websocket_that_slack_has_ended_in_words_only_is_left(bot_for: BotFor) -> None:
    """Or the process would be ready for ever, with a websocket by which nothing comes"""

    async def off(link: Link) -> None:
        await link.hello()
        await link.say(type="disconnect", reason="link_disabled")

    bot = await bot_for(off, urls=1, limits=Limits(leaving=0.1))
    await bot.begin()
    renewing = asyncio.create_task(bot.mode.renew())
    await until(lambda: not bot.client.connected, 5)
    assert "no websocket" in (await bot.mode.look() or "")
    renewing.cancel()


async def test_many_goodbyes_are_one(bot_for: BotFor) -> None:
    """A storm of them opens one websocket more, and piles nothing up"""

    async def storm(link: Link) -> None:
        await link.hello()
        for _ in range(500):
            await link.say(type="disconnect", reason="refresh_requested")
        await link.envelope("last")

    bot = await bot_for(storm, hello)
    await bot.begin()
    before = len(asyncio.all_tasks())
    await bot.mode.renew()
    await until(lambda: bot.heard == ["last"])
    assert bot.slack.asked == 2
    assert len(asyncio.all_tasks()) < before + 10


async def silent(_: Link) -> None:
    """Say nothing."""


async def test_a_stop_while_a_websocket_opens_leaves_nothing(bot_for: BotFor) -> None:
    """Neither the one that opens nor the one that is to be replaced"""

    async def warned(link: Link) -> None:
        await link.hello()
        await link.say(type="disconnect", reason="warning")

    bot = await bot_for(warned, silent)
    await bot.begin()
    renewing = asyncio.create_task(bot.mode.renew())
    await until(lambda: len(bot.slack.links) == 2)
    renewing.cancel()
    await bot.client.close()
    await asyncio.wait([renewing])
    await until(lambda: all(link.ended for link in bot.slack.links), 5)
    assert not bot.client.connected
