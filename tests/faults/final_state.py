"""Checks of the final state, which hold at whatever point the crash happened."""

from tests.faults.crash_points import CrashPoints
from tests.faults.story import NAME, PLACE, Story
from tests.scenarios.system import Json

AGAIN = "again, to the same page"
"""The detail of an audit entry for a second reveal, after the first answer was lost."""
CLOUD = "lumen-staging"
POSTED = (
    "approved.",
    "Collected ",
    "collected. The key works now.",
)
"""Texts that appear once in the card's thread and once in the requester's messages."""
RECEIPT = "Your link was opened."
"""Appears once in the requester's messages."""


async def check_final_state(setup: CrashPoints, story: Story, opened: Json | None) -> None:
    """Check that nothing is lost or repeated, the card is right, and the shown key works."""
    await _one_request_one_key(setup, story)
    await _posted_once(story)
    await _shown(setup, opened)
    assert "intact" in await setup.system.command_line("audit", "verify")


async def _one_request_one_key(setup: CrashPoints, story: Story) -> None:
    assert await setup.count_keys("request:*") == 1
    assert await story.keys() == [True]
    assert await setup.count_keys("claim:*") == 1
    created = [
        call
        for call in await setup.system.requests("POST")
        if call["path"].endswith("/access_keys") and call["status"] == 200
    ]
    assert len(created) <= 1  # the log lacks a call whose caller died
    for event in ("requested", "decided", "revealed"):
        entries = [
            entry
            for entry in await setup.audit_entries()
            if entry["deed"] == event and entry["detail"] != AGAIN
        ]
        assert len(entries) == 1, event
    assert await story.no_live_key_unclaimed()


async def _posted_once(story: Story) -> None:
    cards = await story.cards()
    assert len(cards) == 1
    assert "Collected " in cards[0]["text"]
    told = (*POSTED, RECEIPT)
    for texts, expected in ((await story.thread(), POSTED), (await story.direct_messages(), told)):
        counts = {words: sum(words in text for text in texts) for words in expected}
        assert counts == dict.fromkeys(expected, 1)
        assert len(texts) == len(expected)


async def _shown(setup: CrashPoints, opened: Json | None) -> None:
    """Check that the owner was shown the credentials, and that they work."""
    assert opened
    key = await setup.system.key(NAME, PLACE)
    assert (opened["api_key"], opened["api_secret"]) == (key["api_key"], key["api_secret"])
    assert await setup.system.works(key, CLOUD)
