"""`kill -9` of the bot or Redis around every step of a brown-out, and Cloudinary failing."""

from itertools import product
from pathlib import Path
from typing import Final

import pytest

from tests.faults.brownout_story import POINTS, SHORT, STEPS, BrownoutStory
from tests.faults.crash_points import Crash, CrashPoints, crash_points
from tests.faults.test_crash_points import ALL, restart_bot, restart_redis
from tests.faults.test_uncertain_effects import ATTEMPTS
from tests.faults.watch import Point, Watch, When

EACH: Final = list(product((restart_bot, restart_redis), POINTS))
TESTED: Final = EACH if ALL else list(zip((restart_redis, restart_bot), SHORT, strict=True))


async def test_every_step_of_a_brownout_has_crash_points(tmp_path: Path) -> None:
    """A new step fails this test"""
    watch = Watch()
    async with crash_points(tmp_path, watch) as setup:
        story = BrownoutStory(setup)
        await story.run()
        await story.check()
    assert sorted(STEPS) == sorted(watch.steps)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("crash", "point"), TESTED)
async def test_after_a_kill_the_key_works_as_without_it(
    tmp_path: Path, crash: Crash, point: str
) -> None:
    """Disabled once, enabled once, on record once, and told once"""
    watch = Watch(Point.parse(point))
    async with crash_points(tmp_path, watch, crash) as setup:
        story = BrownoutStory(setup)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this point"
        await story.check()


@pytest.mark.skipif(not ALL, reason="`make faults` fails each of them; in part, flows do too")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["status", "status_after"])
@pytest.mark.parametrize("step", ["disable key", "enable key"])
async def test_a_brownout_outlasts_a_failure_of_cloudinary(
    tmp_path: Path, step: str, kind: str
) -> None:
    """However often the call is repeated at once: the same end, on record once, and told once"""
    watch = Watch(Point(When.BEFORE, step))

    async def fail(setup: CrashPoints) -> None:
        await setup.system.fail("PUT", "*/access_keys*", kind, count=ATTEMPTS)
        watch.resume(caller_lives=True)

    async with crash_points(tmp_path, watch, fail) as setup:
        story = BrownoutStory(setup)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this call"
        await story.check()
