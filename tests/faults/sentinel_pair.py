"""A system over a master and its replica, of which Sentinels promote one; nothing waits for it."""

import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.adapters.redis.store import as_items
from bot.domain.redis_url import RedisAddress
from tests.contracts.redis_processes import Server, sentinels, until
from tests.faults.crash_points import AUDIT
from tests.faults.failover import with_documented_user
from tests.scenarios.system import Json, System, running_system

WHO_IS_MASTER: Final = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster")


@dataclass(frozen=True)
class SentinelPair:
    """The system, the server that is its master at first, and the replica."""

    system: System
    master: Server
    replica: Server
    sentinels: tuple[Server, ...]

    def hold(self) -> None:
        """Let the replica hang: its connection stays."""
        self.replica.send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the replica go on."""
        self.replica.send(signal.SIGCONT)

    async def cut(self) -> None:
        """Let the replica hang and lose its connection: no later write reaches it."""
        self.hold()
        await self.master.ask("CLIENT", "KILL", "TYPE", "replica")

    async def promoted(self) -> None:
        """Wait until the replica is the master, for every Sentinel too.

        One that does not know yet demotes it again if the killed server is back.
        """
        port = str(self.replica.port)

        async def is_master() -> bool:
            found = [await each.ask(*WHO_IS_MASTER) for each in self.sentinels]
            named = all(port in str(each) for each in found)
            return named and await self.replica.role() == "master"

        await until(is_master)


async def entries(server: Server) -> list[Json]:
    """Read the audit log of one server."""
    found = as_items(await server.ask("XRANGE", AUDIT, "-", "+"))
    return [json.loads(fields["body"]) for _, fields in found]


@asynccontextmanager
async def over_sentinels(
    directory: Path, *, replicas: int = 0, rights: Sequence[str] = ()
) -> AsyncIterator[SentinelPair]:
    """Run a bot that waits for so many replicas; it has the documented user and these rights."""
    async with sentinels(directory, 3) as (url, (master, replica)):
        own = await with_documented_user(url, (master, replica), ("+role", *rights))
        found = running_system(directory, REDIS_URL=own, REDIS_REPLICAS=str(replicas))
        async with found as system:
            nodes = RedisAddress.parse(url).nodes
            watchers = tuple(Server(directory, port=port) for _, port in nodes)
            yield SentinelPair(system, master, replica, watchers)
