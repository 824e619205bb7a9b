"""`kill -9` of the bot or Redis around what follows a leak, and Cloudinary failing."""

from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import Crash, CrashPoints, crash_points
from tests.faults.leak_story import BESIDE, LEAKS, LeakStory
from tests.faults.moves import points_of_bot, points_of_redis
from tests.faults.test_crash_points import ALL, restart_bot, restart_redis
from tests.faults.test_uncertain_effects import ATTEMPTS
from tests.faults.watch import Point, Watch, When

EACH: Final = [
    *((restart_bot, name, it) for name, leak in LEAKS.items() for it in points_of_bot(leak.steps)),
    *((restart_redis, n, it) for n, leak in LEAKS.items() for it in points_of_redis(leak.steps)),
]
SHORT: Final = ((restart_bot, "policy", "after disable key"),)
TESTED: Final = EACH if ALL else SHORT


@pytest.mark.skipif(not ALL, reason="`make faults` enumerates the steps")
@pytest.mark.parametrize("name", LEAKS)
async def test_every_step_of_a_leak_has_crash_points(tmp_path: Path, name: str) -> None:
    """A new step fails this test"""
    watch, leak = Watch(), LEAKS[name]
    async with crash_points(tmp_path, watch, annotations=leak.annotations) as setup:
        story = LeakStory(setup, leak)
        await story.run()
        await story.check()
    seen = [it for it in watch.steps if not it.startswith(BESIDE)]
    assert sorted(leak.steps) == sorted(seen)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("crash", "name", "point"), TESTED)
async def test_after_a_kill_the_leaked_key_is_stopped_as_without_it(
    tmp_path: Path, crash: Crash, name: str, point: str
) -> None:
    """Disabled, on record once, and told once"""
    watch, leak = Watch(Point.parse(point)), LEAKS[name]
    async with crash_points(tmp_path, watch, crash, annotations=leak.annotations) as setup:
        story = LeakStory(setup, leak)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this point"
        await story.check()


@pytest.mark.skipif(not ALL, reason="`make faults` fails each of them; in part, flows do too")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["status", "status_after"])
@pytest.mark.parametrize("name", LEAKS)
async def test_a_leaked_key_is_stopped_although_cloudinary_fails(
    tmp_path: Path, name: str, kind: str
) -> None:
    """However often the call is repeated at once: disabled, on record once, and told once"""
    watch, leak = Watch(Point(When.BEFORE, "disable key")), LEAKS[name]

    async def fail(setup: CrashPoints) -> None:
        await setup.system.fail("PUT", "*/access_keys*", kind, count=ATTEMPTS)
        watch.resume(caller_lives=True)

    async with crash_points(tmp_path, watch, fail, annotations=leak.annotations) as setup:
        story = LeakStory(setup, leak)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this call"
        await story.check()
