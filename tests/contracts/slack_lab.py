"""A simulated Slack for tests, with a scripted bot behind it and the official client."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from sandbox.slack.app import create_app
from sandbox.slack.config import SlackConfig
from sandbox.slack.manifest import Command, Manifest, Shortcut
from sandbox.slack.payload import Payload
from sandbox.slack.workspace import Workspace

SAMPLES = Path(__file__).parents[2] / "sandbox" / "slack" / "schemas" / "samples"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOM, MIA, ADA, OTTO, ZOE, IVO = (
    "U0TOM0001",
    "U0MIA0001",
    "U0ADA0001",
    "U0OTTO001",
    "U0ZOE0001",
    "U0IVO0001",
)
PLATFORM, GENERAL, APPROVALS, PAYLOAD_TEAM = "C0PLATFRM", "C0GENERAL", "C0APPROVE", "C0PAYLOAD"
SCOPES = frozenset({"commands", "chat:write", "users:read", "users:read.email", "im:write"})
ALL_SCOPES = SCOPES | {"channels:read", "groups:read", "im:read", "usergroups:read"}
MANIFEST = Manifest(
    scopes=SCOPES,
    commands=(Command("/cld"),),
    shortcuts=(
        Shortcut("Ask for a key", "ask", "global", "From anywhere"),
        Shortcut("Ask about this", "ask", "message", "From a message"),
    ),
    events=frozenset({"app_home_opened", "tokens_revoked", "app_uninstalled"}),
    interactive=True,
    suggests=True,
    home_tab=True,
)
"""An app that uses every feature."""


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """Unix seconds."""
        return self.now


class SdkTime(SdkClock):
    """The SDK's clock, stopped at one time."""

    def __init__(self, now: float) -> None:
        """Unix seconds."""
        self._now = now

    def now(self) -> float:
        """Unix seconds."""
        return self._now


@dataclass(frozen=True)
class Received:
    """One request that the bot received."""

    raw: bytes
    headers: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        """The fields of its form."""
        return dict(parse_qsl(self.raw.decode(), keep_blank_values=True))

    @property
    def payload(self) -> Payload:
        """The interaction in its `payload` field, or the event in its body."""
        text = self.form.get("payload") or self.raw.decode()
        found: Payload = json.loads(text)
        return found


@dataclass
class EchoBot:
    """A scripted bot: it records its requests and gives the configured answer."""

    received: list[Received] = field(default_factory=list)
    status: int = HTTPStatus.OK
    body: object = ""
    headers: dict[str, str] = field(default_factory=dict)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    on_delivery: Callable[[Received], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self.free.set()

    @property
    def last(self) -> Received:
        """The last request."""
        return self.received[-1]

    async def serve(self, request: web.Request) -> web.Response:
        """Handle a delivery."""
        self.received.append(Received(await request.read(), dict(request.headers)))
        if self.on_delivery is not None:
            await self.on_delivery(self.last)
        await self.free.wait()
        if isinstance(self.body, dict):
            return web.json_response(self.body, status=self.status, headers=self.headers)
        return web.Response(text=str(self.body), status=self.status, headers=self.headers)


@dataclass(frozen=True)
class Lab:
    """A running simulated Slack with a scripted bot and a client of the Web API."""

    url: str
    session: ClientSession
    slack: AsyncWebClient
    bot: EchoBot
    clock: Clock
    config: SlackConfig

    async def act(self, what: str, **body: object) -> Payload:
        """Post to the control surface and give the answer."""
        async with self.session.post(f"{self.url}/sandbox/{what}", json=body) as answer:
            found: Payload = await answer.json()
            return found

    async def look(self, what: str, **query: str) -> Payload:
        """Get from the control surface."""
        async with self.session.get(f"{self.url}/sandbox/{what}", params=query) as answer:
            found: Payload = await answer.json()
            return found

    async def command(self, text: str, user: str = TOM, channel: str = PLATFORM) -> Payload:
        """Type `/cld` and give the form that reached the bot."""
        await self.act("command", user=user, channel=channel, text=text)
        return dict(self.bot.last.form)

    async def messages(self, user: str = TOM, channel: str = PLATFORM) -> list[Payload]:
        """The messages that a person sees in a channel."""
        screen = await self.look("screen", user=user, channel=channel)
        found: list[Payload] = screen["messages"]
        return found

    async def texts(self, user: str = TOM, channel: str = PLATFORM) -> list[str]:
        """The texts of these messages."""
        return [message["text"] for message in await self.messages(user, channel)]

    async def violations(self) -> list[str]:
        """The errors of the violations since the last reset."""
        return [one["error"] for one in (await self.look("violations"))["violations"]]

    async def respond(self, url: str, **body: object) -> tuple[int, str]:
        """Post JSON to a response URL."""
        async with self.session.post(url, json=body) as answer:
            return answer.status, await answer.text()

    async def card(self, *blocks: Payload) -> str:
        """Post a card and give its ts."""
        posted = await self.slack.chat_postMessage(
            channel=PLATFORM, text="card", blocks=list(blocks)
        )
        ts: str = posted["ts"]
        return ts

    def genuine(self, received: Received) -> bool:
        """Whether the official verifier accepts a request's signature."""
        verifier = SignatureVerifier(SECRET, SdkTime(self.clock.now))
        return verifier.is_valid_request(received.raw, received.headers)

    async def modal(self, view: Payload, user: str = TOM) -> Payload:
        """Open a modal for a person through a command."""
        form = await self.command("open", user)
        answer = await self.slack.views_open(trigger_id=form["trigger_id"], view=view)
        opened: Payload = answer["view"]
        return opened


@asynccontextmanager
async def lab(**settings: Any) -> AsyncIterator[Lab]:
    """Run them; settings are those of `SlackConfig`, or the manifest's scopes."""
    bot, clock = EchoBot(), Clock()
    bot_app = web.Application()
    bot_app.router.add_post("/slack/events", bot.serve)
    bound = socket.create_server(
        ("127.0.0.1", 0)
    )  # the server must know its own address beforehand
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    async with ClientSession() as session, TestServer(bot_app) as bot_server:
        config = SlackConfig(
            public_url=url,
            manifest=replace(MANIFEST, scopes=settings.pop("scopes", SCOPES)),
            bot_request_url=str(bot_server.make_url("/slack/events")),
            signing_secret=SECRET,
            clock=clock,
            post_interval=0.0,
        )
        config = replace(config, **settings)
        async with TestServer(create_app(Workspace(), config), socket_factory=lambda *_: bound):
            slack = AsyncWebClient(config.bot_token, f"{url}/api/", session=session)
            yield Lab(url, session, slack, bot, clock, config)
            bot.free.set()


async def body_of(call: Awaitable[AsyncSlackResponse]) -> Payload:
    """Give the body of the Web API's answer."""
    data = (await call).data
    assert isinstance(data, dict)
    return data


async def refusal(call: Awaitable[object]) -> Payload:
    """Give the body with which the Web API refuses a call."""
    try:
        await call
    except SlackApiError as error:
        body: Payload = error.response.data
        return body
    raise AssertionError("the call was not refused")


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait for a condition; a look at every turn of the loop would keep a core busy."""
    pause = 0.0
    async with asyncio.timeout(seconds):
        while True:
            met = condition()
            if met is True or (not isinstance(met, bool) and await met):
                return
            await asyncio.sleep(pause)
            pause = min(0.02, pause + 0.001)


def strange(payload: Payload, sample: Payload, where: str = "") -> list[str]:
    """The keys of a payload that an official sample does not have, at any depth."""
    found = []
    for key, value in payload.items():
        path = f"{where}/{key}"
        if key not in sample:
            found.append(path)
        elif isinstance(value, dict) and isinstance(sample[key], dict) and sample[key]:
            found += strange(value, sample[key], path)
    return found


def sample(name: str) -> Payload:
    """An official sample payload, which has empty values."""
    found: Payload = json.loads((SAMPLES / f"{name}.json").read_text())
    return found
