"""Sentinel promotes a replica, or a cluster does, while a story is under way.

The master has died, or it stays alive as a replica.
"""

import os
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from tests.faults.failover import SERVERS, check_master_left, failing_over
from tests.faults.final_state import check_final_state
from tests.faults.story import Story
from tests.faults.watch import Point, Watch, When

SHORT: Final = (
    ("kill", "sentinel", "after post card"),
    ("kill", "cluster", "after make key"),
    ("demote", "cluster", "after post card"),
)
STEPS: Final = ("post card", "draw card", "post in thread", "make key", "enable key", "answer 3")
"""Calls to Slack and Cloudinary during which Redis fails over."""
POINTS: Final = tuple(str(Point(when, step)) for step in STEPS for when in When)
DEMOTED: Final = tuple(point for point in POINTS if point.startswith(When.AFTER))
"""Which side of a step makes little difference to a bot whose old server goes on answering."""
ALL: Final = (
    *product(("kill",), SERVERS, POINTS),
    *product(("demote",), SERVERS, DEMOTED),
)
TESTED: Final = ALL if os.environ.get("CRASH_POINTS") == "all" else SHORT


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("way", "servers", "point"), TESTED)
async def test_after_a_failover_the_story_goes_on_at_the_new_master(
    tmp_path: Path, way: str, servers: str, point: str
) -> None:
    """Nothing is lost or done twice, the log is intact, and the bot is ready; with least rights"""
    watch = Watch(Point.parse(point))
    async with failing_over(tmp_path, servers, way, watch) as setup:
        story = Story(setup)
        opened = await story.run()
        assert watch.reached.is_set(), "the story never reached this point"
        await check_final_state(setup, story, opened)
        await check_master_left(setup)
