"""`kill -9` of the bot or Redis around every step of a rotation, and Cloudinary failing there."""

from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import Crash, CrashPoints, crash_points
from tests.faults.moves import points_of_bot, points_of_redis
from tests.faults.rotation_story import BESIDE, KEY, PLOTS, RotationStory
from tests.faults.test_crash_points import ALL, restart_bot, restart_redis
from tests.faults.test_uncertain_effects import ATTEMPTS
from tests.faults.watch import Point, Watch, When

EACH: Final = [
    *((restart_bot, name, it) for name, plot in PLOTS.items() for it in points_of_bot(plot.steps)),
    *(
        (restart_redis, name, it)
        for name, plot in PLOTS.items()
        for it in points_of_redis(plot.steps)
    ),
]
SHORT: Final = ((restart_bot, "abandoned", "after delete key"),)
TESTED: Final = EACH if ALL else SHORT
METHODS: Final = {"make key": "POST", "delete key": "DELETE"}
EFFECTS: Final = [
    (name, step, kind)
    for name, plot in PLOTS.items()
    for step in plot.steps
    if step.rstrip(" 2").endswith(" key")
    for kind in ("status", "status_after")
]
"""What a rotation does at Cloudinary, which answers 500 before or after the work."""


@pytest.mark.skipif(not ALL, reason="`make faults` enumerates the steps")
@pytest.mark.parametrize("name", PLOTS)
async def test_every_step_of_a_rotation_has_crash_points(tmp_path: Path, name: str) -> None:
    """A new step fails this test"""
    watch, plot = Watch(), PLOTS[name]
    async with crash_points(tmp_path, watch, timed=True) as setup:
        story = RotationStory(setup, plot)
        await story.begin()
        watch.forget()
        await story.run()
        await story.check()
    seen = [it for it in watch.steps if not it.startswith((*BESIDE, "post"))]
    assert sorted(plot.steps) == sorted(seen)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("crash", "name", "point"), TESTED)
async def test_after_a_kill_the_rotation_ends_as_without_it(
    tmp_path: Path, crash: Crash, name: str, point: str
) -> None:
    """The same keys, each step on record once, and told once"""
    watch, plot = Watch(), PLOTS[name]

    async def crashed(setup: CrashPoints) -> None:
        """One of both keys works at any moment, unless the old one leaked"""
        keys = await RotationStory(setup, plot).story.keys(KEY)
        await crash(setup)
        assert name == "leaked" or any(key["enabled"] for key in keys)

    async with crash_points(tmp_path, watch, crashed, timed=True) as setup:
        story = RotationStory(setup, plot)
        await story.begin()
        watch.forget()
        watch.stops_at = Point.parse(point)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this point"
        await story.check()


@pytest.mark.skipif(not ALL, reason="`make faults` fails each of them; in part, flows do too")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "step", "kind"), EFFECTS)
async def test_a_rotation_outlasts_a_failure_of_cloudinary(
    tmp_path: Path, name: str, step: str, kind: str
) -> None:
    """However often the call is repeated at once: the same end, on record once, and told once"""
    watch, plot = Watch(), PLOTS[name]

    async def fail(setup: CrashPoints) -> None:
        verb = METHODS.get(step, "PUT")
        times = 1 if verb == "POST" else ATTEMPTS
        await setup.system.fail(verb, "*/access_keys*", kind, count=times)
        watch.resume(caller_lives=True)

    async with crash_points(tmp_path, watch, fail, timed=True) as setup:
        story = RotationStory(setup, plot)
        await story.begin()
        watch.forget()
        watch.stops_at = Point(When.BEFORE, step)
        await story.run()
        assert watch.reached.is_set(), "the story never reached this call"
        await story.check()
