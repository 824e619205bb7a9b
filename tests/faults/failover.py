"""A system whose Redis has a replica that takes over; the bot has the documented user."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiohttp
from redis.asyncio import Redis

from sandbox.running import Ports, running
from tests.contracts.redis_processes import Server, cluster, sentinels, until
from tests.contracts.test_redis_acl import PASSWORD, documented
from tests.faults.crash_points import CrashPoints, crashing, environment
from tests.faults.http_gate import watched
from tests.faults.lasting_redis import LastingRedis
from tests.faults.redis_gate import RedisGate
from tests.faults.watch import Watch
from tests.scenarios.api_watch import ApiWatch
from tests.scenarios.system import Bot, System

Servers = Callable[[Path], AbstractAsyncContextManager[tuple[str, list[Server]]]]
SERVERS: Final[dict[str, Servers]] = {"sentinel": partial(sentinels, count=3), "cluster": cluster}
PAUSE: Final = 10_000
"""Milliseconds in which the old master takes no write: it is killed long before."""
FINDS_MASTERS: Final = ("+role", "+cluster|slots")
"""Rights beside the documented line, for Sentinel and a cluster."""


@dataclass
class Failover(LastingRedis):
    """The master and its replica; `client` reaches the one that is the master now."""

    servers: list[Server] = field(default_factory=list)

    def client(self) -> Redis:
        """Make a client of the master."""
        return self.servers[0].client()

    async def fail_over(self) -> None:
        """Kill the master once its replica has all writes, and wait until that takes over.

        Writes that a failover loses stop all changes, which is the topic of other tests.
        """
        master, replica = self.servers
        assert await master.ask("CLIENT", "PAUSE", str(PAUSE), "WRITE") == "OK"

        async def caught_up() -> bool:
            return await written(master) == await written(replica)

        await until(caught_up)
        await master.kill()

        async def promoted() -> bool:
            return await replica.role() == "master"

        await until(promoted)
        self.servers = [replica, master]


async def with_documented_user(url: str, servers: Sequence[Server], rights: Sequence[str]) -> str:
    """Give the servers the documented user with these rights beside; returns its REDIS_URL."""
    for server in servers:
        assert await server.ask(*documented(), *rights) == "OK"
    scheme, _, hosts = url.partition("://")
    return f"{scheme}://keysmith:{quote(PASSWORD, safe='')}@{hosts}"


async def written(server: Server) -> int:
    """Read how many bytes of writes a master or a replica has."""
    match await server.ask("ROLE"):
        case ["master", int(offset), _] | ["slave", _, _, _, int(offset)]:
            return offset
        case role:
            raise AssertionError(role)


async def fail_over(setup: CrashPoints) -> None:
    """Replace the master while the bot waits for an answer."""
    assert isinstance(setup.redis, Failover)
    await setup.redis.fail_over()
    setup.watch.resume(caller_lives=True)


@asynccontextmanager
async def failing_over(
    directory: Path, servers: Servers, watch: Watch
) -> AsyncIterator[CrashPoints]:
    """Run a system; its Redis fails over when the watch reaches its point."""
    async with AsyncExitStack() as stack:
        url, nodes = await stack.enter_async_context(servers(directory))
        url = await with_documented_user(url, nodes, FINDS_MASTERS)
        twins = await stack.enter_async_context(running(Ports(), middlewares=[watched(watch)]))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        variables = environment(twins, directory, url)
        bot = Bot(variables, directory)
        stack.push_async_callback(bot.kill)
        await bot.start()
        system = System(twins, bot, session, directory, ApiWatch())
        redis, gate = Failover(directory, servers=nodes), RedisGate(watch, directory)
        setup = CrashPoints(system, watch, redis, gate)
        await stack.enter_async_context(crashing(setup, fail_over))
        yield setup
