"""Cloudinary does the work and answers 500: Keysmith finds the work and does not repeat it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import CrashPoints, crash_points
from tests.faults.final_state import check_final_state
from tests.faults.story import APPROVALS, TIMEOUT, Story
from tests.faults.watch import Watch
from tests.scenarios.system import ADA, PLATFORM, SECURITY, TOM, until

KEYS: Final = "*/access_keys"
ONE: Final = "*/access_keys/*"
ATTEMPTS: Final = 4
"""How often the transport tries a repeatable call; after that its result is uncertain."""


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[CrashPoints]:
    """A system for one test, without a crash."""
    async with crash_points(tmp_path, Watch()) as one:
        yield one


async def test_a_key_whose_creation_is_uncertain_is_found_by_its_name(
    setup: CrashPoints,
) -> None:
    """One call creates the key although it fails, and the owner collects it."""
    await setup.system.fail("POST", KEYS, "status_after")
    story = Story(setup)

    opened = await story.run()

    await check_final_state(setup, story, opened)
    calls = await setup.system.requests("POST")
    assert [500] == [call["status"] for call in calls if call["path"].endswith("/access_keys")]


@pytest.mark.parametrize("times", [1, ATTEMPTS])
async def test_a_key_whose_enabling_is_uncertain_is_shown_or_disabled_again(
    setup: CrashPoints, times: int
) -> None:
    """Reveal shows working credentials, or the key stays disabled until the next press."""
    story = Story(setup)
    await story.ask()
    await story.approve()
    await story.made()
    await setup.system.fail("PUT", ONE, "status_after", count=times)

    opened = await story.finish()

    await check_final_state(setup, story, opened)


@dataclass(frozen=True)
class Change:
    """A command in production, and the key's name and state after it."""

    text: str
    name: str
    enabled: bool


CHANGES: Final = (
    Change("key enable old-importer --env production", "old-importer", enabled=True),
    Change("key rename ci-bot ci-robot --env production", "ci-robot", enabled=True),
    Change("key webhook ci-bot --env production --confirm ci-bot", "ci-bot", enabled=True),
)


@pytest.mark.parametrize("times", [1, ATTEMPTS])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.text)
async def test_an_approved_change_with_an_uncertain_result_is_made_once(
    setup: CrashPoints, change: Change, times: int
) -> None:
    """The card shows Done, and at most one call follows the failed ones."""
    system, story = setup.system, Story(setup)
    await system.fail("PUT", ONE, "status_after", count=times)
    await system.act("command", user=TOM, channel=PLATFORM, text=change.text)
    await story.press(ADA, APPROVALS, story.card, "approve")

    async def done() -> bool:
        card = await story.card()
        return card is not None and " Done " in card["text"] and await setup.idle()

    await until(done, TIMEOUT)
    assert (await system.key(change.name))["enabled"] is change.enabled
    effects = [entry for entry in await setup.audit_entries() if entry["deed"] == "done"]
    assert len(effects) == 1
    assert len(await system.requests("PUT")) in {times, times + 1}
    assert len(await story.cards()) == 1
    assert sorted(await story.thread()) == sorted(set(await story.thread()))


@pytest.mark.parametrize("times", [1, ATTEMPTS])
async def test_an_uncertain_disabling_is_reported_as_uncertain(
    setup: CrashPoints, times: int
) -> None:
    """The answer reports success only if Keysmith could confirm it; the key is disabled."""
    await setup.system.fail("PUT", ONE, "status_after", count=times)

    answer = (await setup.system.send("key disable ci-bot"))["text"]

    assert (await setup.system.key("ci-bot"))["enabled"] is False
    certain = times < ATTEMPTS
    words = "is now disabled" if certain else "the change may or may not have happened"
    assert words in answer
    assert len(await setup.system.requests("PUT")) in {times, times + 1}
    again = (await setup.system.send("key disable ci-bot"))["text"]
    assert ("is already disabled" if certain else "is now disabled") in again

    async def told() -> bool:
        texts = [each["text"] for each in await setup.system.messages(ADA, SECURITY)]
        return sum("disabled the key ci-bot" in text for text in texts) == 1

    await until(told)
