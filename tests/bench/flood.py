"""`python -m tests.bench.flood`: what a flood of commands from one person costs the others.

The real bot against the real sandbox with Slack's own rate limits. One member asks for credentials
a hundred times; meanwhile an admin disables keys, one after the other, and once invokes an
emergency. Times run from the delivery of the command to the call that it causes.
"""

import asyncio
import math
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from bot.adapters.cedar.rights import key_right
from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.transport import Transport
from bot.adapters.logs import configure
from sandbox.running import Ports, Twins, running
from sandbox.variables import bot_keys, variables
from tests.scenarios.processes import ROOT
from tests.scenarios.system import MIA, PLATFORM, SECURITY, TOM, Bot

COMMANDS: Final = 100
"""Of the flood; each names several environments."""
ROUNDS: Final = 20
"""Keys that are disabled, without the flood and during it."""
LATENCY: Final = 0.1
"""Seconds that each call of Slack and Cloudinary takes, as over the Internet."""
PAUSE: Final = 0.5
"""Seconds between two of them: Slack allows 120 calls of users.info in a minute."""
KEY: Final = "ci-bot"
FLOOD: Final = 'request shop-dev,staging,shop k{} --reason "a flood"'
WHY: Final = "site is down"
EMERGENCY: Final = f'key enable old-importer --env production --emergency --reason "{WHY}"'


@dataclass
class Calls:
    """A middleware of both servers that notes when a call came."""

    disabled: list[float] = field(default_factory=list)
    secured: list[float] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @web.middleware
    async def watch(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Note a change of a key, and a message to the security channel that Slack accepted."""
        if not request.path.startswith("/sandbox"):
            await asyncio.sleep(LATENCY)
        now = time.perf_counter()
        if request.method == "PUT" and "access_keys" in request.path:
            self.disabled.append(now)
            self.came.set()
        answer = await handler(request)
        if request.path == "/api/chat.postMessage" and answer.status == web.HTTPOk.status_code:
            posted = await request.post() or await request.json()
            if posted.get("channel") == SECURITY and WHY in str(posted.get("text")):
                self.secured.append(now)
                self.came.set()
        return answer


@dataclass(frozen=True)
class Stage:
    """The running system, and what the bench needs of it."""

    twins: Twins
    calls: Calls
    session: aiohttp.ClientSession
    account: Cloudinary

    async def send(self, text: str, user: str) -> None:
        """Deliver a command; returns after Slack got its ack."""
        body = {"user": user, "channel": PLATFORM, "text": text}
        url = f"{self.twins.at.slack}/sandbox/command"
        async with self.session.post(url, json=body) as answer:
            answer.raise_for_status()

    async def allow(self, burst: int | None) -> None:
        """Let Slack take so many calls of a method beyond its tier, or any number."""
        url = f"{self.twins.at.slack}/sandbox/tiers"
        async with self.session.post(url, json={"burst": burst}) as answer:
            answer.raise_for_status()

    async def seconds(self, text: str, seen: list[float]) -> float:
        """Send an admin's command; give the seconds until its call."""
        before, began = len(seen), time.perf_counter()
        await self.send(text, TOM)
        while len(seen) == before:
            self.calls.came.clear()
            await self.calls.came.wait()
        return seen[before] - began

    async def disabling(self) -> list[float]:
        """Disable a key again and again; something else enables it in between."""
        spent = []
        for _ in range(ROUNDS):
            spent.append(await self.seconds(f"key disable {KEY}", self.calls.disabled))
            await asyncio.sleep(PAUSE)
            await self._enable()
        return spent

    async def _enable(self) -> None:
        for place in await self.account.environments():
            for key in await self.account.keys(place.id):
                if key.name == KEY:
                    await self.account.set_enabled(place.id, key.api_key, enabled=True)


@asynccontextmanager
async def staged(directory: Path) -> AsyncIterator[Stage]:
    """Run the sandbox here, and the bot as a process."""
    calls = Calls()
    async with (
        running(Ports(), middlewares=(calls.watch,)) as twins,
        aiohttp.ClientSession() as session,
    ):
        found = variables(twins.at, twins.slack, bot_keys(directory))
        environment = os.environ | found | {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "warning"}
        bot = Bot(dict(environment), directory)
        account = AccountCredentials.parse(found["CLOUDINARY_ACCOUNT_URL"])
        transport = Transport(session, account, found["CLOUDINARY_API_URL"])
        await bot.start()
        try:
            yield Stage(twins, calls, session, Cloudinary(transport, rights=key_right))
        finally:
            await bot.kill()


def p95(spent: Sequence[float]) -> float:
    """Give the 95th percentile, by the nearest rank."""
    return sorted(spent)[math.ceil(0.95 * len(spent)) - 1]


async def flood(directory: Path, burst: int | None) -> list[str]:
    """Measure; gives the lines of the report. `burst` is None to lift the limits on methods."""
    async with staged(directory) as stage:
        await stage.allow(burst)
        quiet = p95(await stage.disabling())
        await asyncio.sleep(0.0 if burst is None else 60.0)  # Slack counts calls by the minute
        flooding = [asyncio.create_task(stage.send(FLOOD.format(n), MIA)) for n in range(COMMANDS)]
        await asyncio.sleep(0)
        notice = await stage.seconds(EMERGENCY, stage.calls.secured)
        loud = p95(await stage.disabling())
        await asyncio.gather(*flooding)
    figures = (
        f"key disable, p95: quiet {quiet * 1000:.0f} ms, in the flood {loud * 1000:.0f} ms,"
        f" {loud / quiet:.2f} of it (aim: below 2)"
    )
    return [
        figures,
        f"notice of an emergency after {notice:.2f} s (aim: below 2)",
    ]


async def flood_lines() -> AsyncIterator[str]:
    """Measure with and without Slack's limits on methods; gives the lines of the report."""
    configure("warning")
    for name, burst in (("one message a second", None), ("Slack's limits on methods, too", 20)):
        with tempfile.TemporaryDirectory() as scratch:
            for each in await flood(Path(scratch), burst):
                yield f"{name}: {each}"


async def main() -> None:
    """Print the figures."""
    async for each in flood_lines():
        sys.stdout.write(f"{each}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
