"""A log of 100,000 commands: archived, trimmed, proven, and read at a start, with bounded cost.

`make faults` takes 100,000 commands, `make test` a few thousand.
"""

import os
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.archiving import BATCH
from bot.adapters.redis.glance import PAGE
from bot.domain.verification import Intact
from tests.contracts.archives_kept import Keeping
from tests.contracts.records_kept import AT, Storage
from tests.contracts.redis_server import redis, server
from tests.faults.long_log import APART, LASTING_EACH, write_log

__all__ = ["redis", "server"]

LONG: Final = os.environ.get("CRASH_POINTS") == "all"
COMMANDS: Final = 100_000 if LONG else 2_000
LEFT: Final = COMMANDS // 20
"""Commands that are young: about a twentieth of them."""
YOUNG: Final = AT + (COMMANDS - LEFT) * APART


async def calls(redis: Redis, command: str) -> int:
    """Count the calls of a command that Redis has had."""
    found = await redis.info("commandstats")
    return int(found.get(f"cmdstat_{command}", {}).get("calls", 0))


async def started(redis: Redis) -> tuple[float, int]:
    """Start a process; gives how long it reads the log, and in how many calls."""
    signed, before = Storage(redis).stores.signed, await calls(redis, "xrange")
    begun = time.perf_counter()
    assert 0 == await signed.marks.cut()
    spent, looks = time.perf_counter() - begun, await calls(redis, "xrange") - before
    for number in range(0, COMMANDS, LASTING_EACH * 10):
        assert await signed.read(names.tier(str(number)))
    return spent, looks


def made(directory: Path) -> Path:
    """Create a directory."""
    directory.mkdir()
    return directory


@pytest.mark.timeout(600)
async def test_a_long_log_is_archived_and_trimmed_and_the_start_is_short_again(
    redis: Redis, tmp_path: Path
) -> None:
    """Calls and memory grow with an archive, not with the log; nothing is lost from the proof"""
    head = await write_log(redis, COMMANDS)
    keeping = Keeping(redis, tmp_path, batch=BATCH if LONG else 500)
    keeping.clock.at = AT + COMMANDS * APART
    slow, many = await started(redis)
    before = await calls(redis, "xrange"), await calls(redis, "evalsha")
    begun = time.perf_counter()
    archives = await keeping.archive(YOUNG)
    spent = time.perf_counter() - begun

    trimmed = (COMMANDS - LEFT) * 2
    assert len(archives) == -(-trimmed // keeping.batch)
    pages = trimmed // PAGE + 7 * len(archives) + 2 + many + 4  # its start, and looks at history
    assert await calls(redis, "xrange") - before[0] <= pages
    assert await calls(redis, "evalsha") - before[1] <= 4 * (len(archives) + 1)

    quick, few = await started(redis)
    assert many > COMMANDS * 2 // PAGE
    assert few <= LEFT * 2 // PAGE + 4
    assert quick < slow
    proven = await keeping.verified_whole()
    assert isinstance(proven, Intact)
    assert proven.head.seq == head.seq + len(archives)
    assert len((await keeping.base()).marks) == COMMANDS // LASTING_EACH - LEFT // LASTING_EACH
    sys.stdout.write(f"start {slow:.2f} s, then {quick:.2f} s; archived in {spent:.1f} s\n")


async def test_the_memory_of_archiving_does_not_grow_with_the_log(
    redis: Redis, tmp_path: Path
) -> None:
    """It is that of one archive"""
    peaks = []
    for commands in (500, 2_000):
        await redis.flushall()
        await write_log(redis, commands)
        tracemalloc.start()
        await Keeping(redis, made(tmp_path / str(commands)), batch=300).archive(
            AT + commands * APART
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
