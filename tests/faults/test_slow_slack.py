"""With a slow Slack there is still one card, and notifications keep their order."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import CrashPoints, crash_points
from tests.faults.final_state import POSTED, check_final_state
from tests.faults.story import REQUEST, TIMEOUT, Story
from tests.faults.watch import Watch
from tests.scenarios.system import MIA, PLATFORM, TOM, until

SLOW: Final = 8.0
"""Seconds; longer than the bot waits for a card before it posts one."""


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[CrashPoints]:
    """A system for one test, without a crash."""
    async with crash_points(tmp_path, Watch()) as one:
        yield one


async def test_a_slowly_posted_card_is_posted_once(setup: CrashPoints) -> None:
    """An approval by the id in the answer, before the card is there, posts no second card."""
    system, story = setup.system, Story(setup)
    await system.act("faults", method="chat.postMessage", kind="latency", seconds=SLOW)
    await system.act("command", user=MIA, channel=PLATFORM, text=REQUEST)

    async def answer() -> str | None:
        texts = [m["text"] for m in await system.messages(MIA)]
        return next((text for text in texts if "/cld cancel" in text), None)

    request_id = (await until(answer)).split()[-1]

    await system.send(f"approve {request_id}", TOM)
    await story.made()

    await check_final_state(setup, story, await story.finish())


async def test_notifications_are_posted_in_the_order_of_events(setup: CrashPoints) -> None:
    """Slack takes one message per second in a channel; the others wait in order."""
    story = Story(setup)

    await story.run()

    for texts in (await story.thread(), await story.direct_messages()):
        assert list(POSTED) == [words for text in texts for words in POSTED if words in text]
    assert await until(setup.idle, TIMEOUT)
