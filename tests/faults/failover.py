"""A system whose Redis has a replica that takes over; the bot has the documented user."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiohttp
from redis.asyncio import Redis

from bot.domain.redis_url import RedisAddress
from sandbox.ports import HOST
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


Way = Callable[["Failover", Server, Server], Awaitable[None]]
"""Makes a master give way to its replica; returns before that has taken over."""


@dataclass
class Failover(LastingRedis):
    """The master and its replica; `client` reaches the one that is the master now."""

    servers: list[Server] = field(default_factory=list)
    sentinel: Server | None = None

    def client(self) -> Redis:
        """Make a client of the master."""
        return self.servers[0].client()

    async def fail_over(self, way: Way) -> None:
        """Replace the master once its replica has all writes, and wait until that takes over.

        Writes that a failover loses stop all changes, which is the topic of other tests.
        """
        master, replica = self.servers
        await way(self, master, replica)
        await becomes("master", replica)
        self.servers = [replica, master]


async def with_documented_user(url: str, servers: Sequence[Server], rights: Sequence[str]) -> str:
    """Give the servers the documented user with these rights beside; returns its REDIS_URL."""
    for server in servers:
        assert await server.ask(*documented(), *rights) == "OK"
    scheme, _, hosts = url.partition("://")
    return f"{scheme}://keysmith:{quote(PASSWORD, safe='')}@{hosts}"


async def becomes(role: str, server: Server) -> None:
    """Wait until a server has a role."""

    async def has_it() -> bool:
        return await server.role() == role

    await until(has_it)


async def held(master: Server, replica: Server) -> None:
    """Let the master take no write any more, and wait until its replica has them all."""
    assert await master.ask("CLIENT", "PAUSE", str(PAUSE), "WRITE") == "OK"

    async def caught_up() -> bool:
        return await written(master) == await written(replica)

    await until(caught_up)


async def kill(_: Failover, master: Server, replica: Server) -> None:
    """End the master as `kill -9` does."""
    await held(master, replica)
    await master.kill()


async def demote(redis: Failover, master: Server, replica: Server) -> None:
    """Let both change roles, as before work on the machine; the former master stays alive.

    Sentinel demotes it some time later, and then closes its connections. Here it is demoted at
    once and keeps them, which is worse for the bot: it is refused each write.
    """
    if redis.sentinel is None:  # a cluster lets the replica catch up by itself
        assert await replica.ask("CLUSTER", "FAILOVER") == "OK"
    else:
        await held(master, replica)
        assert await redis.sentinel.ask("SENTINEL", "FAILOVER", "mymaster")
        await becomes("master", replica)
        assert await master.ask("REPLICAOF", HOST, str(replica.port)) == "OK"
    await becomes("slave", master)
    await master.ask("CLIENT", "UNPAUSE")


WAYS: Final[dict[str, Way]] = {"kill": kill, "demote": demote}


async def written(server: Server) -> int:
    """Read how many bytes of writes a master or a replica has."""
    match await server.ask("ROLE"):
        case ["master", int(offset), _] | ["slave", _, _, _, int(offset)]:
            return offset
        case role:
            raise AssertionError(role)


async def fail_over(setup: CrashPoints, way: Way) -> None:
    """Replace the master while the bot waits for an answer."""
    assert isinstance(setup.redis, Failover)
    await setup.redis.fail_over(way)
    setup.watch.resume(caller_lives=True)


async def check_master_left(setup: CrashPoints) -> None:
    """Check that the bot is ready, and that it has left the former master, which is alive or not.

    A connection that it kept would be used again: each write by it is refused for ever.
    """
    assert isinstance(setup.redis, Failover)
    _, former = setup.redis.servers
    await until(partial(ready, setup))
    if await former.role():
        assert await former.role() == "slave"
        await until(partial(is_left, former))
        assert await ready(setup)


async def is_left(server: Server) -> bool:
    """Whether the bot has no connection to a server."""
    async with server.client() as redis:
        return all(it["user"] != "keysmith" for it in await redis.client_list())


async def ready(setup: CrashPoints) -> bool:
    """Whether the bot says that it is ready."""
    system = setup.system
    async with system.session.get(f"{system.twins.at.admin}/readyz") as answer:
        return answer.ok


@asynccontextmanager
async def failing_over(
    directory: Path, servers: str, way: str, watch: Watch
) -> AsyncIterator[CrashPoints]:
    """Run a system; its Redis fails over when the watch reaches its point."""
    async with AsyncExitStack() as stack:
        url, nodes = await stack.enter_async_context(SERVERS[servers](directory))
        url = await with_documented_user(url, nodes, FINDS_MASTERS)
        twins = await stack.enter_async_context(running(Ports(), middlewares=[watched(watch)]))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        variables = environment(twins, directory, url)
        bot = Bot(variables, directory)
        stack.push_async_callback(bot.kill)
        await bot.start()
        system = System(twins, bot, session, directory, ApiWatch())
        redis, gate = Failover(directory, servers=nodes), RedisGate(watch, directory)
        if servers == "sentinel":
            redis.sentinel = Server(directory, port=RedisAddress.parse(url).nodes[0][1])
        setup = CrashPoints(system, watch, redis, gate)
        await stack.enter_async_context(crashing(setup, partial(fail_over, way=WAYS[way])))
        yield setup
