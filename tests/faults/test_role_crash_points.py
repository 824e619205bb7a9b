"""`kill -9` of the bot or Redis before and after every step of the commands about roles."""

from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import Crash, crash_points
from tests.faults.role_story import POINTS, SHORT, STEPS, RoleStory
from tests.faults.test_crash_points import ALL, restart_bot, restart_redis
from tests.faults.watch import Point, Watch

TESTED: Final = POINTS if ALL else SHORT
START: Final = {"done permissions:on"}
"""What a bot writes down when it starts."""


async def test_every_step_of_a_role_has_crash_points(tmp_path: Path) -> None:
    """A new step fails this test"""
    watch = Watch()
    async with crash_points(tmp_path, watch, permissions=True) as setup:
        story = RoleStory(setup)
        await story.run()
        await story.check()
    assert sorted(STEPS) == sorted(set(watch.steps) - START)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", TESTED)
@pytest.mark.parametrize("crash", [restart_bot, restart_redis])
async def test_after_a_kill_the_roles_are_as_without_it(
    tmp_path: Path, crash: Crash, point: str
) -> None:
    """One key, each role once, one pinned key, and each change on record once"""
    watch = Watch(Point.parse(point))
    async with crash_points(tmp_path, watch, crash, permissions=True) as setup:
        story = RoleStory(setup)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this point"
        await story.check()
