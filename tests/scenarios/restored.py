"""A Redis whose dump can be kept and put back, as an operator restores a backup."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.lasting_redis import LastingRedis
from tests.scenarios.system import System, running_system

DUMP = "dump.rdb"


@dataclass
class DumpedRedis(LastingRedis):
    """A server that writes its dump only when told."""

    options: tuple[str, ...] = ("--save", "", "--dbfilename", DUMP)

    @property
    def url(self) -> str:
        """Where it listens, also after a restart."""
        return f"unix://{self.socket}"

    async def call(self, *command: str) -> object:
        """Send one command."""
        async with self.client() as redis:
            answer: object = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            return answer

    async def back_up(self, copy: str) -> None:
        """Write a dump, and keep a copy of it."""
        await self.call("SAVE")
        shutil.copy(self.directory / DUMP, self.directory / copy)

    async def restore(self, copy: str) -> None:
        """Start again from an older dump, on the same socket."""
        await self.kill()
        shutil.copy(self.directory / copy, self.directory / DUMP)
        await self.start()


@asynccontextmanager
async def system_over_dumps(directory: Path) -> AsyncIterator[tuple[System, DumpedRedis]]:
    """Run a system whose Redis can be restored."""
    home = directory / "r"
    home.mkdir()
    async with AsyncExitStack() as stack:
        redis = DumpedRedis(home)
        await redis.start()
        stack.push_async_callback(redis.kill)
        system = await stack.enter_async_context(running_system(directory, REDIS_URL=redis.url))
        yield system, redis
