"""`kill -9` of the bot or Redis before and after every step from a request to an enabled key."""

import os
from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import Crash, CrashPoints, crash_points
from tests.faults.final_state import check_final_state
from tests.faults.points import POINTS, REAL_LEASES, SHORT, STEPS
from tests.faults.story import Story
from tests.faults.watch import Point, Watch

ALL: Final = os.environ.get("CRASH_POINTS") == "all"
"""`make faults` sets it; all points take ten minutes, the short list takes one."""
TESTED: Final = POINTS if ALL else SHORT


async def restart_bot(setup: CrashPoints) -> None:
    """Kill the bot and start another one."""
    await setup.system.bot.kill()
    if str(setup.watch.stops_at) != REAL_LEASES:
        await setup.expire_leases()
    setup.watch.resume(caller_lives=False)
    await setup.system.bot.start()


async def restart_redis(setup: CrashPoints) -> None:
    """Kill Redis and start it on the same data, while the bot keeps running."""
    await setup.redis.kill()
    setup.gate.hang_up()
    setup.watch.resume(caller_lives=True)
    await setup.redis.start()


async def test_every_step_of_the_story_has_crash_points(tmp_path: Path) -> None:
    """A story without a crash has exactly the listed steps, so a new step fails this test."""
    watch = Watch()
    async with crash_points(tmp_path, watch) as setup:
        story = Story(setup)
        await check_final_state(setup, story, await story.run())

    assert sorted(STEPS) == sorted(watch.steps)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", TESTED)
async def test_after_a_kill_another_bot_finishes_the_story(tmp_path: Path, point: str) -> None:
    """The end is the same as without a crash."""
    await _crashed(tmp_path, point, restart_bot)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", TESTED)
async def test_after_a_kill_of_redis_the_bot_finishes_the_story(tmp_path: Path, point: str) -> None:
    """The bot keeps running, and the end is the same as without a crash."""
    await _crashed(tmp_path, point, restart_redis)


async def _crashed(directory: Path, point: str, crash: Crash) -> None:
    watch = Watch(Point.parse(point))
    async with crash_points(directory, watch, crash) as setup:
        story = Story(setup)
        opened = await story.run()
        assert watch.reached.is_set(), "the story never reached this point"
        await check_final_state(setup, story, opened)
