"""Cloudinary does the work and answers 500: the work is found, and not done a second time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash_points import CrashPoints, crash_points
from tests.faults.story import APPROVALS, PATIENCE, Story
from tests.faults.verdict import judge
from tests.faults.watch import Watch
from tests.scenarios.system import ADA, PLATFORM, TOM, until

KEYS: Final = "*/access_keys"
ONE: Final = "*/access_keys/*"
ATTEMPTS: Final = 4
"""Of one call that may be repeated; more doubt than this the transport hands on."""


@pytest.fixture
async def under(tmp_path: Path) -> AsyncIterator[CrashPoints]:
    """A system of the test's own, in which nothing is killed."""
    async with crash_points(tmp_path, Watch()) as one:
        yield one


async def test_a_key_that_was_made_with_unknown_result_is_found_by_its_name(
    under: CrashPoints,
) -> None:
    """One call makes it, whatever that call was answered; its owner collects it."""
    await under.system.fail("POST", KEYS, "status_after")
    story = Story(under)

    opened = await story.tell()

    await judge(under, story, opened)
    calls = await under.system.requests("POST")
    assert [500] == [call["status"] for call in calls if call["path"].endswith("/access_keys")]


@pytest.mark.parametrize("times", [1, ATTEMPTS])
async def test_a_key_that_was_enabled_with_unknown_result_is_shown_or_disabled_again(
    under: CrashPoints, times: int
) -> None:
    """Reveal shows credentials that work, or nothing works and the next press does."""
    story = Story(under)
    await story.ask()
    await story.approve()
    await story.made()
    await under.system.fail("PUT", ONE, "status_after", count=times)

    opened = await story.finish()

    await judge(under, story, opened)


@dataclass(frozen=True)
class Change:
    """A command in production, and what of the key is different then."""

    text: str
    name: str
    enabled: bool


CHANGES: Final = (
    Change("key enable old-importer --env production", "old-importer", enabled=True),
    Change("key rename ci-bot ci-robot --env production", "ci-robot", enabled=True),
)


@pytest.mark.parametrize("times", [1, ATTEMPTS])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.text)
async def test_a_change_that_was_approved_and_made_with_unknown_result_is_done_once(
    under: CrashPoints, change: Change, times: int
) -> None:
    """The card says Done, and no more calls were made than the doubt itself cost."""
    system, story = under.system, Story(under)
    await system.fail("PUT", ONE, "status_after", count=times)
    await system.act("command", user=TOM, channel=PLATFORM, text=change.text)
    await story.press(ADA, APPROVALS, story.card, "approve")

    async def done() -> bool:
        card = await story.card()
        return card is not None and "\nDone.\n" in card["text"] and await under.idle()

    await until(done, PATIENCE)
    assert (await system.key(change.name))["enabled"] is change.enabled
    effects = [entry for entry in await under.record() if entry["deed"] == "done"]
    assert len(effects) == 1
    assert len(await system.requests("PUT")) in {times, times + 1}
    assert len(await story.cards()) == 1
    assert sorted(await story.thread()) == sorted(set(await story.thread()))


@pytest.mark.parametrize("times", [1, ATTEMPTS])
async def test_a_disabling_with_unknown_result_is_told_as_what_it_is(
    under: CrashPoints, times: int
) -> None:
    """The key is disabled; its person hears so, or that it is not certain."""
    await under.system.fail("PUT", ONE, "status_after", count=times)

    told = (await under.system.send("key disable ci-bot"))["text"]

    assert (await under.system.key("ci-bot"))["enabled"] is False
    certain = times < ATTEMPTS
    words = "is now disabled" if certain else "it is not certain whether the change was made"
    assert words in told
    assert len(await under.system.requests("PUT")) in {times, times + 1}
