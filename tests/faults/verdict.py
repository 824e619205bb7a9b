"""What must be true in the end, wherever the crash fell."""

from tests.faults.crash_points import CrashPoints
from tests.faults.story import NAME, PLACE, Story
from tests.scenarios.system import Json

AGAIN = "again, to the same page"
"""What is said of an answer that was lost on its way."""
CLOUD = "lumen-staging"
SAID = ("approved.", "The key is made, disabled so far.", "collected. The key works now.")
"""Once each: under the card, and to who asked."""


async def judge(crash_points: CrashPoints, story: Story, opened: Json | None) -> None:
    """Nothing lost, nothing twice, no live key that nobody was shown, the card right."""
    await _one_request_one_key(crash_points, story)
    await _said_once(story)
    await _shown(crash_points, opened)
    assert "intact" in await crash_points.system.command_line("audit", "verify")


async def _one_request_one_key(crash_points: CrashPoints, story: Story) -> None:
    assert await crash_points.count_keys("request:*") == 1
    assert await story.keys() == [True]
    assert await crash_points.count_keys("claim:*") == 1
    made = [
        call
        for call in await crash_points.system.requests("POST")
        if call["path"].endswith("/access_keys") and call["status"] == 200
    ]
    assert len(made) <= 1  # a call whose caller died is not in the log
    for event in ("requested", "decided", "revealed"):
        entries = [
            e for e in await crash_points.record() if e["deed"] == event and e["detail"] != AGAIN
        ]
        assert len(entries) == 1, event
    assert await story.no_live_key_unclaimed()


async def _said_once(story: Story) -> None:
    cards = await story.cards()
    assert len(cards) == 1
    assert "Collected." in cards[0]["text"]
    for texts in (await story.thread(), await story.told()):
        counts = {words: sum(words in text for text in texts) for words in SAID}
        assert counts == dict.fromkeys(SAID, 1)
        assert len(texts) == len(SAID)


async def _shown(crash_points: CrashPoints, opened: Json | None) -> None:
    """The credentials that were shown work; they are lost nowhere."""
    assert opened
    key = await crash_points.system.key(NAME, PLACE)
    assert (opened["api_key"], opened["api_secret"]) == (key["api_key"], key["api_secret"])
    assert await crash_points.system.works(key, CLOUD)
