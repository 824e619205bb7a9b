"""A whole system for scenarios: sandbox and bot as processes, with methods to act and look."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp.typedefs import Middleware
from redis.asyncio import Redis

from sandbox.ports import HOST
from sandbox.running import Ports, Twins, running
from sandbox.variables import bot_keys, variables
from tests.scenarios import own_redis
from tests.scenarios.api_watch import ApiWatch
from tests.scenarios.processes import ROOT, Child, Program, run, start
from tests.scenarios.unlimited import at_once

TOM, MIA, ADA, NIA, OTTO, GUS = (
    "U0TOM0001",
    "U0MIA0001",
    "U0ADA0001",
    "W0NIA0001",
    "U0OTTO001",
    "U0GUS0001",
)
PLATFORM = "C0PLATFRM"
SECURITY = "C0SECURTY"
PATIENCE = 40.0  # seconds; a condition is met in a fraction of one, unless the machine is busy

STOPS_WITHIN = 25.0
"""Seconds; after thirty, Heroku and Kubernetes kill a process."""

Json = dict[str, Any]
T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE) -> T:
    """Call `look` until its result is true, and give that result."""
    pause, now = 0.01, asyncio.get_running_loop().time
    end = now() + seconds
    async with asyncio.timeout(seconds):
        while True:
            if now() > end:
                raise TimeoutError  # redis-py may swallow a cancellation
            found = await look()
            if found:
                return found
            await asyncio.sleep(pause)
            pause = min(0.05, 1.2 * pause)  # looks take CPU from the bot


@dataclass
class Bot:
    """The bot as a process; its log goes to a file."""

    environment: dict[str, str]
    directory: Path
    arguments: tuple[str, ...] = ()
    module: str = "bot"
    process: Child | None = field(default=None)

    @property
    def log(self) -> str:
        """Everything that it has logged, also before restarts."""
        file = self.directory / "bot.log"
        return file.read_text() if file.exists() else ""

    async def start(self) -> None:
        """Start it, and wait until it is ready for commands."""
        await self.begin()
        async with aiohttp.ClientSession() as session:
            await until(lambda: self._ready(session))

    async def begin(self) -> None:
        """Start it without waiting."""
        log = self.directory / "bot.log"
        program = Program(self.module, self.arguments, self.directory, self.environment, log, log)
        self.process = start(program)

    async def _ready(self, session: aiohttp.ClientSession) -> bool:
        if self.process and self.process.returncode is not None:
            raise AssertionError(f"the bot ended by itself:\n{self.log}")
        try:
            port = self.environment["ADMIN_PORT"]
            async with session.get(f"http://{HOST}:{port}/readyz") as answer:
                return answer.ok
        except aiohttp.ClientError:
            return False

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> None:
        """Send SIGTERM; it ends by itself, well, in the time that a platform gives it."""
        if self.process and self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), STOPS_WITHIN)
            assert self.process.returncode == 0, self.log


@dataclass(frozen=True)
class System:
    """Sandbox, bot and an HTTP session: everything that a scenario needs."""

    twins: Twins
    bot: Bot
    session: aiohttp.ClientSession
    directory: Path
    api_watch: ApiWatch = field(repr=False)

    async def act(self, what: str, **body: object) -> Json:
        """Act as a person at Slack."""
        return await self._json("POST", f"{self.twins.at.slack}/sandbox/{what}", body)

    async def look(self, what: str, **query: str) -> Json:
        """Read the state of Slack."""
        return await self._json("GET", f"{self.twins.at.slack}/sandbox/{what}", None, query)

    async def cloudinary(self, what: str, verb: str = "GET") -> Json:
        """Call the control API of the simulated Cloudinary."""
        return await self._json(verb, f"{self.twins.at.cloudinary}/sandbox/{what}", None)

    async def fail(self, method: str, path: str, kind: str, **more: object) -> None:
        """Plan a fault of the simulated Cloudinary."""
        body = {"method": method, "path": path, "kind": kind} | more
        await self._json("POST", f"{self.twins.at.cloudinary}/sandbox/faults", body)

    @asynccontextmanager
    async def failing_reads(self, path: str, kind: str, **more: object) -> AsyncIterator[None]:
        """Fail every read of this path: timers read too, and would take a single fault."""
        await self.fail("GET", path, kind, count=1_000, **more)
        try:
            yield
        finally:
            await self.cloudinary("faults", "DELETE")

    async def _json(
        self, method: str, url: str, body: object, query: dict[str, str] | None = None
    ) -> Json:
        async with self.session.request(method, url, json=body, params=query) as answer:
            text = await answer.text()
            assert answer.ok, f"{method} {url}: {answer.status} {text}"
            found: Json = json.loads(text)
            return found

    async def messages(self, user: str = TOM, channel: str = PLATFORM) -> list[Json]:
        """List the messages that a person sees in a channel."""
        screen = await self.look("screen", user=user, channel=channel)
        found: list[Json] = screen["messages"]
        return found

    async def send(self, text: str, user: str = TOM, channel: str = PLATFORM) -> Json:
        """Type `/cld` with this text, and wait for the answer to this person."""
        sent = await self.act("command", user=user, channel=channel, text=text)
        return await self.answer(sent, user, channel)

    async def answer(self, sent: Json, user: str, channel: str) -> Json:
        """Wait for the message that answers this command or press, and no other message."""
        assert sent["delivered"] == "ok", sent

        async def answer() -> Json | None:
            seen = await self.messages(user, channel)
            return next((m for m in seen if m["response_url"] == sent["response_url"]), None)

        return await until(answer)

    async def key(self, name: str, environment: str = "Production") -> Json:
        """Give a key as Cloudinary stores it, with its secret."""
        found = await self.find_key(name, environment)
        assert found, f"no key {name} in {environment}"
        return found

    async def find_key(self, name: str, environment: str = "Production") -> Json | None:
        """Give a key as Cloudinary stores it, or None."""
        state = await self.cloudinary("state")
        found = next(e for e in state["environments"] if e["name"] == environment)
        return next((key for key in found["keys"] if key["name"] == name), None)

    async def works(self, key: Json, cloud: str) -> bool:
        """Whether Cloudinary accepts the credentials, tried as a customer's program does."""
        pair = aiohttp.encode_basic_auth(key["api_key"], key["api_secret"])
        url = f"{self.twins.at.cloudinary}/v1_1/{cloud}/ping"
        async with self.session.get(url, headers={"Authorization": pair}) as answer:
            return answer.status == 200

    async def requests(self, method: str) -> list[Json]:
        """List the calls of Cloudinary's API with this HTTP method."""
        found = await self.cloudinary("requests")
        return [r for r in found["requests"] if r["method"] == method]

    async def audit(self) -> list[Json]:
        """List the audit entries, from the export."""
        out = await self.command_line("audit", "export")
        lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        return [line["entry"] for line in lines if "entry" in line]

    async def effects(self, action: str) -> list[Json]:
        """List the audit entries of changes with this action."""
        return [e for e in await self.audit() if e["deed"] == "done" and e["action"] == action]

    async def refill(self) -> None:
        """Fill every person's bucket, and forget what they requested lately, as time would do."""
        for kind in ("bucket", "requests-by"):
            for key in await self._keys(f"{{keysmith}}:{kind}:*"):
                await self.redis("DEL", key)

    async def _keys(self, pattern: str) -> list[str]:
        found = await self.redis("KEYS", pattern)
        return [key.decode() for key in found] if isinstance(found, list) else []

    def connected(self) -> Redis:
        """Build a client of the bot's Redis; the caller closes it."""
        return own_redis.client(self.directory, self.bot.environment)

    async def redis(self, *command: str) -> object:
        """Send a command to the bot's own Redis."""
        async with self.connected() as redis:
            answer: object = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            return answer

    async def command_line(self, *arguments: str) -> str:
        """Run `python -m bot …` beside the bot; gives its output."""
        done = await run(self.directory, self.bot.environment, *arguments)
        assert done.code == 0, done.error + done.out
        return done.out


def link_of(message: Json) -> str:
    """Give the one-time link in a message."""
    spans = [
        e
        for block in message["blocks"]
        for s in block.get("elements", [])
        for e in s.get("elements", [])
    ]
    links: list[str] = [span["url"] for span in spans if span.get("type") == "link"]
    assert len(links) == 1, links
    return links[0]


@asynccontextmanager
async def running_system(
    directory: Path,
    *,
    socket_mode: bool = False,
    permissions: bool = False,
    grid: bool = False,
    limits: bool = False,
    arguments: tuple[str, ...] = (),
    module: str = "bot",
    prefix: str = "",
    host: str = HOST,
    middlewares: Sequence[Middleware] = (),
    without: Sequence[str] = (),
    **more: str,
) -> AsyncIterator[System]:
    """Run a system; `host` and `prefix` are of the public URL.

    `more` are the bot's environment variables, `without` those that it lacks.
    `middlewares` wrap Slack and Cloudinary. Without `limits`, no message waits for Slack's pace.
    """
    async with AsyncExitStack() as stack:
        api_watch = ApiWatch()
        if not limits:
            middlewares = (at_once(lambda: own_redis.client(directory, more)), *middlewares)
        twins = await stack.enter_async_context(
            running(
                Ports(),
                socket_mode=socket_mode,
                permissions=permissions,
                grid=grid,
                limits=limits,
                api_watch=api_watch,
                middlewares=middlewares,
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        found = variables(twins.at, twins.slack, bot_keys(directory))
        found["PUBLIC_URL"] = found["PUBLIC_URL"].replace(HOST, host) + prefix
        path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = path | found | {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "debug"} | more
        environment = {name: it for name, it in environment.items() if name not in without}
        stack.push_async_callback(own_redis.stop, directory)
        bot = Bot(environment, directory, arguments, module)
        stack.push_async_callback(bot.kill)
        stack.push_async_callback(bot.stop)
        await bot.start()
        yield System(twins, bot, session, directory, api_watch)
        assert api_watch.faults() == []
