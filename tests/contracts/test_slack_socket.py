"""Socket Mode: each try has a URL of its own, and what is wrong is said in words."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.adapters.slack.socket import Line, SocketClient
from bot.cli.socket_mode import SERVICE, SocketMode
from bot.cli.starting import Reaching
from bot.errors import ConfigurationError
from tests.contracts.slack_lab import PLATFORM, TOM, Lab, lab, until

FAST = 1e6  # times Slack's pace


@dataclass
class Pauses:
    """The pauses that were asked for, none of which is kept."""

    asked: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Note it, and let others run."""
        self.asked.append(seconds)
        await asyncio.sleep(0)


@dataclass
class Bot:
    """The part of a bot that listens: it acks when `free` is set."""

    it: Lab
    gap: float = 0.0
    pauses: Pauses = field(default_factory=Pauses)
    awaited: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.free.set()
        token, session = self.it.config.app_token, self.it.session
        self.client = SocketClient(
            *(token, f"{self.it.url}/api/", session, self.hear), refused=self.refused.append
        )
        self.mode = SocketMode(self.client, gap=self.gap, sleep=self.pauses)

    async def hear(self, line: Line, request: SocketModeRequest) -> None:
        """Take an envelope."""
        self.heard.append(request.envelope_id)
        await self.free.wait()
        await line.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    async def begin(self) -> None:
        """Open the first websocket."""
        await self.mode.begin(Reaching(self.awaited, sleep=self.pauses))

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Replace each websocket that ends, as a process does."""

        async def keep() -> None:
            while True:
                await self.mode.renew()

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()

    def renewed_since(self, asked: int) -> bool:
        """Whether there is another websocket since so many pauses were asked for."""
        return len(self.pauses.asked) > asked and self.client.connected

    async def said(self, words: str) -> None:
        """Wait until the process is not ready, with these words."""

        async def says() -> bool:
            return words in (await self.mode.look() or "")

        await until(says)

    async def well(self) -> None:
        """Wait until a command comes here."""

        async def works() -> bool:
            sent = await self.it.act("command", user=TOM, channel=PLATFORM, text="help")
            return bool(sent["delivered"] == "ok")

        await until(works)
        assert await self.mode.look() is None


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace that delivers over sockets only."""
    async with lab(socket_mode=True, speed=FAST, tier_burst=None) as running:
        yield running


@asynccontextmanager
async def begun(it: Lab, gap: float = 0.0) -> AsyncIterator[Bot]:
    """A bot with a websocket that it keeps."""
    bot = Bot(it, gap)
    await bot.begin()
    try:
        with bot.kept():
            yield bot
    finally:
        await bot.client.close()


async def opened(it: Lab) -> int:
    """How many URLs were asked for."""
    sent = (await it.look("outbox"))["outbox"]
    return sum(one["via"] == "apps.connections.open" for one in sent)


async def connections(it: Lab) -> int:
    """How many websockets Slack has open; it takes a URL to ask."""
    opened = await it.slack.apps_connections_open(app_token=it.config.app_token)
    async with it.session.ws_connect(opened["url"]) as bare:
        return int((await bare.receive_json())["num_connections"]) - 1


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "refused", "error": "too_many_websockets"}],
    ids=["status", "goodbye"],
)
async def test_a_second_try_has_a_url_of_its_own(it: Lab, fault: dict[str, object]) -> None:
    """A URL opens one websocket: who repeats it never connects"""
    await it.act("faults", method="socket", count=2, **fault)
    bot = Bot(it)
    await bot.begin()
    assert await opened(it) == 3
    assert bot.pauses.asked == [1, 2]
    assert bot.awaited == {}
    await bot.well()
    await bot.client.close()


@pytest.mark.parametrize(
    "how",
    [
        {"silent": True},
        {"reason": "refresh_requested"},
        {"reason": "link_disabled"},
        {"warning": True},
    ],
    ids=lambda how: "-".join(map(str, how.values())),
)
async def test_a_websocket_that_ends_is_replaced(it: Lab, how: dict[str, object]) -> None:
    """At a new URL each time; those that follow soon wait longer and longer"""
    async with begun(it) as bot:
        for number in (2, 3, 4):
            await it.act("disconnect", **how)

            async def replaced(number: int = number) -> bool:
                return await opened(it) == number and bot.client.connected

            await until(replaced)
            await bot.well()
        assert bot.pauses.asked == [1, 2, 4]


async def test_a_warned_websocket_delivers_until_slack_ends_it() -> None:
    """So nothing is lost at Slack's refresh, which comes every few hours"""
    async with lab(socket_mode=True) as it, begun(it) as bot:
        await it.act("disconnect", warning=True)

        async def replaced() -> bool:
            return await opened(it) == 2 and bot.client.connected

        await until(replaced)
        assert await connections(it) == 2
        for _ in range(2):  # over both in turn
            sent = await it.act("command", user=TOM, channel=PLATFORM, text="help")
            assert sent["delivered"] == "ok"
        await it.act("speed", factor=FAST)
        asked = 3

        async def ended() -> bool:
            nonlocal asked
            asked += 1
            return await connections(it) == 1

        await until(ended)
        await bot.well()
        assert await opened(it) == asked  # the goodbye of the one before asks for no further one


async def test_an_ack_goes_by_the_next_websocket(it: Lab) -> None:
    """Slack knows it by its envelope, and takes it for three seconds"""
    async with begun(it) as bot:
        bot.free.clear()
        typing = asyncio.create_task(it.act("command", user=TOM, channel=PLATFORM, text="help"))
        await until(lambda: len(bot.heard) == 1)
        await it.act("disconnect", silent=True)
        bot.free.set()
        assert (await typing)["delivered"] == "ok"


async def test_a_stopping_process_sends_its_acks(it: Lab) -> None:
    """What it took is acked, and it takes no more"""
    bot = Bot(it)
    await bot.begin()
    bot.free.clear()
    typing = [
        asyncio.create_task(it.act("command", user=TOM, channel=PLATFORM, text="help"))
        for _ in range(2)
    ]
    await until(lambda: len(bot.heard) == 2)
    closing = asyncio.create_task(bot.client.close())
    bot.free.set()
    assert ["ok", "ok"] == [(await each)["delivered"] for each in typing]
    await closing
    assert not bot.client.connected


@pytest.mark.parametrize(
    ("method", "fault", "words"),
    [
        ("socket", {"kind": "status", "status": 503}, "127.0.0.1 opens no websocket (status 503)"),
        (
            "socket",
            {"kind": "refused", "error": "too_many_websockets"},
            "(too_many_websockets): the app has ten already",
        ),
        (
            "socket",
            {"kind": "refused", "error": "link_disabled"},
            "(link_disabled): Socket Mode is off in the app: turn it on",
        ),
        (
            "apps.connections.open",
            {"kind": "status", "status": 502},
            "Slack's address answers with status 502",
        ),
        (
            "apps.connections.open",
            {"kind": "refused", "error": "token_revoked"},
            "Slack refuses SLACK_APP_TOKEN (token_revoked): it is revoked.",
        ),
    ],
    ids=["status", "ten", "off", "away", "revoked"],
)
async def test_a_process_without_a_websocket_is_not_ready_and_says_why(
    it: Lab, method: str, fault: dict[str, object], words: str
) -> None:
    """And it is again, by itself, once Slack opens one"""
    async with begun(it) as bot:
        await it.act("faults", method=method, count=10**9, **fault)
        await it.act("disconnect", silent=True)
        await bot.said(words)
        await it.session.delete(f"{it.url}/sandbox/faults")
        await bot.well()


async def test_a_gap_between_websockets_that_break_at_once_is_a_reason(it: Lab) -> None:
    """The pauses between them grow, so that the process hears next to nothing"""
    async with begun(it, gap=25.0) as bot:
        while sum(bot.pauses.asked) < 60:  # seconds, none of which is kept
            asked = len(bot.pauses.asked)
            await it.act("disconnect", silent=True)
            await until(partial(bot.renewed_since, asked))
        await it.act("faults", method="socket", kind="status", count=10**9)
        await it.act("disconnect", silent=True)
        await until(lambda: not bot.client.connected)
        assert "no websocket" in (await bot.mode.look() or "")  # at once, within the usual gap


async def test_a_short_gap_is_no_reason(it: Lab) -> None:
    """Slack ends each websocket every few hours, and opens another one"""
    async with begun(it, gap=60.0) as bot:
        await it.act("faults", method="socket", kind="status", count=10**9)
        await it.act("disconnect")
        await until(lambda: not bot.client.connected and len(bot.pauses.asked) > 2)
        assert await bot.mode.look() is None


async def test_a_goodbye_is_told_while_nothing_else_is_known(it: Lab) -> None:
    """Before the first try has failed"""
    bot = Bot(it)
    assert "none was opened yet" in (await bot.mode.look() or "")
    await bot.begin()
    await it.act("disconnect", reason="link_disabled")
    await bot.said("Slack closes the websocket (link_disabled): Socket Mode is off in the app")
    await bot.client.close()


async def test_a_start_ends_where_slack_refuses_the_token(it: Lab) -> None:
    """Waiting heals nothing; a websocket that is not there is waited for"""
    await it.act("faults", method="socket", kind="status", status=503, count=1)
    await it.act("faults", method="apps.connections.open", kind="latency")  # none: the first passes
    await it.act("faults", method="apps.connections.open", kind="refused", error="not_authed")
    bot = Bot(it)
    with pytest.raises(ConfigurationError, match=r"^Slack refuses SLACK_APP_TOKEN \(not_authed\)"):
        await bot.begin()
    assert bot.refused == ["apps.connections.open"]
    assert bot.awaited == {SERVICE: "127.0.0.1 opens no websocket (status 503)"}


async def test_slack_is_asked_again_when_it_says(it: Lab) -> None:
    """A URL is among what Slack gives seldom"""
    await it.act("faults", method="apps.connections.open", kind="ratelimited", retry_after=40)
    async with begun(it) as bot:
        assert bot.pauses.asked == [40]
