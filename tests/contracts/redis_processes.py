"""Redis servers as processes on ports of this machine: masters, replicas, Sentinels, clusters."""

import asyncio
import contextlib
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sandbox.ports import HOST, bind

PATIENCE: Final = 30.0
"""Seconds; a server answers in a few hundredths of one, a failover takes two or three."""
DOWN_AFTER: Final = 500
"""Milliseconds without an answer after which a Sentinel or a node takes a master for dead."""

QUICK: Final = ("--save", "", "--repl-diskless-sync-delay", "0")
"""Options: nothing on disk, and a replica is served at once."""
SLOTS: Final = ((0, 16_000), (16_001, 16_200), (16_201, 16_383))
"""Of the three masters of a cluster; the first has the bot's keys."""


def free_port() -> int:
    """Reserve a port for a server of another process, as `reserved`, until this process ends."""
    bound = bind()
    port: int = bound.getsockname()[1]
    if sys.platform == "linux":
        bound.detach()
    else:
        bound.close()
    return port


@dataclass
class Server:
    """One process, and how to reach it past everything between it and the bot."""

    directory: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    password: str = ""
    _process: asyncio.subprocess.Process | None = None

    def client(self) -> Redis:
        """Make a client."""
        return Redis(
            host=HOST,
            port=self.port,
            password=self.password or None,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
        )

    async def ask(self, *command: str) -> object:
        """Send one command."""
        async with self.client() as redis:
            answer: object = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            return answer

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        program = shutil.which("redis-server")
        assert program, "these tests need a redis-server"
        self.directory.mkdir(exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *(program, *self.options, "--port", str(self.port), "--dir", str(self.directory)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        await until(self._answers)

    async def _answers(self) -> bool:
        assert self._process
        assert self._process.returncode is None, "the server has ended by itself"
        with contextlib.suppress(RedisError, OSError):
            await self.ask("PING")
            return True
        return False

    def send(self, number: signal.Signals) -> None:
        """Send a signal: SIGSTOP is a server that hangs."""
        assert self._process
        self._process.send_signal(number)

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def role(self) -> str:
        """Read its role; empty where it does not answer."""
        with contextlib.suppress(RedisError, OSError):
            answer = await self.ask("ROLE")
            return str(answer[0]) if isinstance(answer, list) else ""
        return ""


@asynccontextmanager
async def running(*servers: Server) -> AsyncIterator[None]:
    """Run servers while the block runs."""
    try:
        for server in servers:
            await server.start()
        yield
    finally:
        for server in servers:
            await server.kill()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Wait until a condition holds."""
    now = asyncio.get_running_loop().time
    end = now() + seconds
    while not await holds():
        assert now() < end, "it never happened"  # redis-py may swallow a cancellation
        await asyncio.sleep(0.02)


async def pair(directory: Path) -> tuple[Server, Server]:
    """Start a master and its replica, which has caught up; the caller kills them."""
    master = Server(directory / "a", QUICK)
    replica = Server(directory / "b", (*QUICK, "--replicaof", f"{HOST} {master.port}"))
    await master.start()
    await replica.start()
    await until(lambda: connected_replicas(master, 1))
    return master, replica


async def connected_replicas(master: Server, count: int) -> bool:
    """Whether so many replicas have caught up."""
    found = await master.ask("INFO", "replication")
    assert isinstance(found, dict)
    replicas = [it for name, it in found.items() if name.startswith("slave")]
    end = found["master_repl_offset"]
    return [end] * count == [it["offset"] for it in replicas if it["state"] == "online"]


@asynccontextmanager
async def sentinels(
    directory: Path, count: int, password: str = ""
) -> AsyncIterator[tuple[str, list[Server]]]:
    """Run a master, a replica and Sentinels; yields REDIS_URL, and master and replica.

    The password is the Sentinels' own.
    """
    master, replica = await pair(directory)
    watchers = []
    for number in range(count):
        home = directory / f"sentinel{number}"
        home.mkdir()
        (home / "sentinel.conf").write_text(
            f"sentinel monitor mymaster {HOST} {master.port} {count // 2 + 1}\n"
            f"sentinel down-after-milliseconds mymaster {DOWN_AFTER}\n"
            "sentinel failover-timeout mymaster 3000\n" + (password and f"requirepass {password}\n")
        )
        options = (str(home / "sentinel.conf"), "--sentinel")
        watchers.append(Server(home, options, password=password))

    async def known() -> bool:
        """Whether each knows the replica and the others."""
        for watcher in watchers:
            found = await watcher.ask("SENTINEL", "MASTER", "mymaster")
            flat = re.sub("[':,]", "", str(found))
            if f"num-slaves 1 num-other-sentinels {count - 1} " not in flat:
                return False
        return True

    async with running(*watchers):
        try:
            await until(known)
            hosts = ",".join(f"{HOST}:{watcher.port}" for watcher in watchers)
            yield f"redis+sentinel://{hosts}/mymaster", [master, replica]
        finally:
            await master.kill()
            await replica.kill()


@asynccontextmanager
async def cluster(directory: Path) -> AsyncIterator[tuple[str, list[Server]]]:
    """Run three masters, and a replica of the one with the bot's slot; yields as `sentinels`."""
    options = (*("--cluster-enabled", "yes"), *("--cluster-node-timeout", str(2 * DOWN_AFTER)))
    nodes = [
        Server(directory / f"node{number}", (*options, *QUICK, "--cluster-port", str(free_port())))
        for number in range(4)
    ]
    async with running(*nodes):
        first, *others = nodes
        for other in others:
            bus = other.options[-1]
            await first.ask("CLUSTER", "MEET", HOST, str(other.port), bus)
        for node, slots in zip(
            nodes, ((0, 16_000), (16_001, 16_200), (16_201, 16_383)), strict=False
        ):
            await node.ask("CLUSTER", "ADDSLOTSRANGE", *map(str, slots))

        async def formed() -> bool:
            """Whether each knows all others."""
            infos = [await node.ask("CLUSTER", "INFO") for node in nodes]
            return all("cluster_state:ok" in str(it) and "known_nodes:4" in str(it) for it in infos)

        await until(formed)
        await others[-1].ask("CLUSTER", "REPLICATE", str(await first.ask("CLUSTER", "MYID")))
        await until(lambda: connected_replicas(first, 1))
        hosts = ",".join(f"{HOST}:{node.port}" for node in nodes)
        yield f"redis+cluster://{hosts}", [first, others[-1]]
