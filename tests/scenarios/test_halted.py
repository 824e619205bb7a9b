"""A halted process takes nothing from a queue and looks for nothing that is due, by each wiring."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis.embedded import embedded_redis
from bot.adapters.redis.names import (
    ANSWERS,
    HALTED,
    JOBS_ASIDE,
    JOBS_RESERVED_ASIDE,
    LINKS_OPENING,
    REQUESTS_DUE,
)
from bot.adapters.tasks import end
from bot.cli.work import STREAMS
from tests.scenarios.system import running_system, until

DUE: Final = {JOBS_ASIDE, JOBS_RESERVED_ASIDE, LINKS_OPENING, REQUESTS_DUE}
LOOKS: Final = 12
"""Looks at the halt, of which each timer makes one a second."""
TAKES: Final = ("XREADGROUP", "XINFO CONSUMERS", "ZRANGEBYSCORE", "ZRANGE")
"""What reads a queue, or looks for what is due."""


@asynccontextmanager
async def asked(redis: Redis) -> AsyncIterator[list[str]]:
    """Yield the list of what every process asks Redis while the block runs."""
    lines = list[str]()

    async def listen() -> None:
        async for each in monitor.listen():
            lines.append(str(each["command"]))

    async with redis.monitor() as monitor:
        listening = asyncio.create_task(listen())
        try:
            yield lines
        finally:
            await end(listening)


def read(lines: list[str]) -> set[str]:
    """Give the queues and the indexes of what is due that were looked at."""
    taking = [line for line in lines if line.startswith(TAKES)]
    return {name for name in {*STREAMS} | DUE if any(name in line.split() for line in taking)}


async def test_a_halted_process_reads_answers_alone(tmp_path: Path) -> None:
    """Whatever waits stays where it is; without the halt, each of them is read"""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, permissions=True, REDIS_URL=url) as system,
        Redis.from_url(url, decode_responses=True) as redis,
    ):
        async with asked(redis) as lines:

            async def all_read() -> bool:
                return {*STREAMS} | DUE == read(lines)

            await until(all_read)
        await system.bot.stop()
        await redis.set(HALTED, "tried")
        async with asked(redis) as lines:

            async def looked() -> bool:
                looks = [line for line in lines if HALTED in line]
                return len(looks) >= LOOKS and ANSWERS in read(lines)

            await system.bot.begin()
            await until(looked)
            assert {ANSWERS} == read(lines)
