"""`kill -9` of the bot, and of Redis, at every boundary of every step from a wish to a live key."""

import os
from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import Crash, CrashPoints, crash_points
from tests.faults.points import PATIENT, POINTS, SHORT, STEPS
from tests.faults.story import Story
from tests.faults.verdict import judge
from tests.faults.watch import Point, Watch

ALL: Final = os.environ.get("CRASH_POINTS") == "all"
"""`make faults` sets it: ten minutes instead of one."""
LOOKED_AT: Final = POINTS if ALL else SHORT


async def another_bot(under: CrashPoints) -> None:
    """Kill the bot; another one starts."""
    await under.system.bot.kill()
    if str(under.watch.stops_at) != PATIENT:
        await under.let_leases_run_out()
    under.watch.go_on(caller_lives=False)
    await under.system.bot.start()


async def another_redis(under: CrashPoints) -> None:
    """Kill Redis; it starts again on what it has kept, and the bot lives on."""
    await under.redis.kill()
    under.gate.hang_up()
    under.watch.go_on(caller_lives=True)
    await under.redis.start()


async def test_every_step_of_the_story_has_a_name_here(tmp_path: Path) -> None:
    """A new step without its crash points fails this."""
    watch = Watch()
    async with crash_points(tmp_path, watch) as under:
        await judge(under, story := Story(under), await story.tell())

    assert sorted(STEPS) == sorted(watch.steps)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", LOOKED_AT)
async def test_killed_bot(tmp_path: Path, point: str) -> None:
    """Another one finishes the story, as if nothing had happened."""
    await _crashed(tmp_path, point, another_bot)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", LOOKED_AT)
async def test_killed_redis(tmp_path: Path, point: str) -> None:
    """The bot lives on, and finishes the story when Redis is back."""
    await _crashed(tmp_path, point, another_redis)


async def _crashed(directory: Path, point: str, crash: Crash) -> None:
    watch = Watch(Point.parse(point))
    async with crash_points(directory, watch, crash) as under:
        story = Story(under)
        opened = await story.tell()
        assert watch.reached.is_set(), "the story never came to that point"
        await judge(under, story, opened)
