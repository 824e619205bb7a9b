"""`kill -9` around every effect on environments, users and groups, of bulk acts and offboarding."""

from pathlib import Path
from typing import Final

import pytest

from tests.faults.account_story import BESIDE, PARTS, check, has
from tests.faults.crash_points import Crash, crash_points
from tests.faults.test_crash_points import ALL, restart_bot, restart_redis
from tests.faults.typed_story import TypedStory
from tests.faults.watch import Point, Watch, When

BOT, REDIS = (restart_bot, restart_redis)
SAME: Final = (f"{When.AFTER} begun ", f"{When.BEFORE} done ")
"""To a dead bot, after the intent is before the call, and before the record is after the call."""
POINTS: Final = tuple(
    (crash, name, point)
    for crash in (BOT, REDIS)
    for name, part in PARTS.items()
    for point in (str(Point(when, step)) for step in part.steps for when in When)
    if crash is REDIS or not point.startswith(SAME)
)
SHORT: Final = ((BOT, "environments", "after create environment"),)
TESTED: Final = POINTS if ALL else SHORT
SOON: Final = ("environments", "keys")
"""Parts of every test run: in the others, people wait for approvals."""


async def test_every_step_of_an_effect_has_crash_points(tmp_path: Path) -> None:
    """A new call of Cloudinary, or a new entry about one, fails this test"""
    watch, seen = Watch(), {}
    listed = PARTS if ALL else {name: PARTS[name] for name in SOON}
    async with crash_points(tmp_path, watch, permissions=True) as setup:
        for name, part in listed.items():
            await part.prepare(setup)
            watch.forget()
            await TypedStory(setup, part.lines).run()
            seen[name] = [it for it in watch.steps if it.partition(" ")[0] not in BESIDE]
    assert {name: part.steps for name, part in listed.items()} == seen


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("crash", "name", "point"), TESTED)
async def test_after_a_kill_the_account_is_as_without_it(
    tmp_path: Path, crash: Crash, name: str, point: str
) -> None:
    """Each effect once, on record once, and told once"""
    watch, part = Watch(Point.parse(point)), PARTS[name]
    async with crash_points(tmp_path, watch, crash, permissions=True) as setup:
        await part.prepare(setup)
        before = await has(setup)
        await TypedStory(setup, part.lines).run()
        assert watch.reached.is_set(), "the story never reached this point"
        await check(setup, part, before)
