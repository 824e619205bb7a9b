"""Two bots on one Redis, behind a load balancer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from bot.adapters.redis.embedded import embedded_redis
from sandbox.ports import HOST, reserved, served
from sandbox.running import SLACK_EVENTS
from tests.scenarios.system import Bot, System, running_system

FORWARDED: Final = ("Content-Type", "X-Slack-Request-Timestamp", "X-Slack-Signature")


@dataclass
class LoadBalancer:
    """Forwards Slack's deliveries to the bots in turn; `forwarded` counts them by address."""

    addresses: list[str]
    session: aiohttp.ClientSession

    def __post_init__(self) -> None:
        self._turns = cycle(self.addresses)
        self.forwarded = dict.fromkeys(self.addresses, 0)

    async def forward(self, request: web.Request) -> web.Response:
        """Forward one delivery byte by byte."""
        address = next(self._turns)
        self.forwarded[address] += 1
        headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
        body = await request.read()
        url = f"{address}{SLACK_EVENTS}"
        async with self.session.post(url, data=body, headers=headers) as answer:
            kind = answer.headers.get("Content-Type", "").partition(";")[0] or None
            return web.Response(status=answer.status, body=await answer.read(), content_type=kind)


@dataclass(frozen=True)
class Pair:
    """The system, its second bot, and the load balancer before both."""

    system: System
    second: Bot
    balancer: LoadBalancer


@asynccontextmanager
async def two_bots(directory: Path) -> AsyncIterator[Pair]:
    """Run them; either bot may serve any delivery and run any job."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(embedded_redis(directory / "redis"))
        system = await stack.enter_async_context(running_system(directory, REDIS_URL=url))
        port, admin = stack.enter_context(reserved()), stack.enter_context(reserved())
        own = {"PORT": str(port), "ADMIN_PORT": str(admin), "PUBLIC_URL": f"http://{HOST}:{port}"}
        aside = directory / "second"
        aside.mkdir()
        second = Bot(system.bot.environment | own, aside)
        stack.push_async_callback(second.kill)
        stack.push_async_callback(second.stop)
        await second.start()
        balancer = LoadBalancer([system.twins.at.bot, own["PUBLIC_URL"]], system.session)
        await system.act("bot", request_url=await _serve(stack, balancer))
        yield Pair(system, second, balancer)


async def _serve(stack: AsyncExitStack, balancer: LoadBalancer) -> str:
    application = web.Application()
    application.router.add_post(SLACK_EVENTS, balancer.forward)
    return await stack.enter_async_context(served(application)) + SLACK_EVENTS
