"""`kill -9` of the bot or Redis around every step of an access review, and Cloudinary failing."""

from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import Crash, CrashPoints, crash_points
from tests.faults.moves import points_of_bot, points_of_redis
from tests.faults.review_story import BESIDE, STEPS, ReviewStory
from tests.faults.test_crash_points import ALL, restart_bot, restart_redis
from tests.faults.test_uncertain_effects import ATTEMPTS
from tests.faults.watch import Point, Watch, When

EACH: Final = [
    *((restart_bot, it) for it in points_of_bot(STEPS)),
    *((restart_redis, it) for it in points_of_redis(STEPS)),
]
SHORT: Final = ((restart_bot, "after disable key"),)
TESTED: Final = EACH if ALL else SHORT


@pytest.mark.skipif(not ALL, reason="`make faults` enumerates the steps")
async def test_every_step_of_a_review_has_crash_points(tmp_path: Path) -> None:
    """A new step fails this test"""
    watch = Watch()
    async with crash_points(tmp_path, watch, timed=True) as setup:
        story = ReviewStory(setup)
        await story.begin()
        watch.forget()
        await story.run()
        await story.check()
    assert sorted(STEPS) == sorted(it for it in watch.steps if not it.startswith(BESIDE))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("crash", "point"), TESTED)
async def test_after_a_kill_the_review_ends_as_without_it(
    tmp_path: Path, crash: Crash, point: str
) -> None:
    """The same answers, one key disabled, each step on record once, and told once"""
    await _play(tmp_path, crash, point)


@pytest.mark.skipif(not ALL, reason="`make faults` fails it; in part, flows do too")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["status", "status_after"])
async def test_a_review_outlasts_a_failure_of_cloudinary(tmp_path: Path, kind: str) -> None:
    """Before and after the key is disabled, for a moment"""

    async def fail(setup: CrashPoints) -> None:
        await setup.system.fail("PUT", "*/access_keys*", kind, count=ATTEMPTS - 1)
        setup.watch.resume(caller_lives=True)

    await _play(tmp_path, fail, str(Point(When.BEFORE, "disable key")))


async def _play(directory: Path, crash: Crash, point: str) -> None:
    watch = Watch()
    async with crash_points(directory, watch, crash, timed=True) as setup:
        story = ReviewStory(setup)
        await story.begin()
        watch.forget()
        watch.stops_at = Point.parse(point)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this point"
        await story.check()
