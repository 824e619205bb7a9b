"""Slack that takes its time: still one card, and what is said is said in order."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import CrashPoints, crash_points
from tests.faults.story import PATIENCE, WISH, Story
from tests.faults.verdict import SAID, judge
from tests.faults.watch import Watch
from tests.scenarios.system import MIA, PLATFORM, TOM, until

SLOW: Final = 8.0
"""Seconds; longer than anybody waits for the card before posting one."""


@pytest.fixture
async def under(tmp_path: Path) -> AsyncIterator[CrashPoints]:
    """A system of the test's own, in which nothing is killed."""
    async with crash_points(tmp_path, Watch()) as one:
        yield one


async def test_a_card_that_is_posted_slowly_is_posted_once(under: CrashPoints) -> None:
    """Whoever approves by the id that they were told finds no second card."""
    system, story = under.system, Story(under)
    await system.act("faults", method="chat.postMessage", kind="latency", seconds=SLOW)
    await system.act("command", user=MIA, channel=PLATFORM, text=WISH)

    async def asked() -> str | None:
        texts = [m["text"] for m in await system.messages(MIA)]
        return next((text for text in texts if "/cld cancel" in text), None)

    request_id = (await until(asked)).split()[-1]

    await system.send(f"approve {request_id}", TOM)
    await story.made()

    await judge(under, story, await story.finish())


async def test_what_happened_first_is_said_first(under: CrashPoints) -> None:
    """Slack takes one message a second in a channel; the others wait in line."""
    story = Story(under)

    await story.tell()

    for texts in (await story.thread(), await story.told()):
        assert list(SAID) == [words for text in texts for words in SAID if words in text]
    assert await until(under.idle, PATIENCE)
