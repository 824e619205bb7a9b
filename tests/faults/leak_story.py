"""Stories of a leak: Mia pastes a pair; the policy stops the key, or a person with one press."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from tests.faults.crash_points import CrashPoints
from tests.faults.moves import Move, MovesStory
from tests.faults.story import Story
from tests.scenarios.presses import SAM, direct, from_bot
from tests.scenarios.system import ADA, MIA, NIA, PLATFORM, SECURITY, TOM, Json

KEY: Final = "e2e-tests"
PLACE: Final = "Staging"
PASTE: Final = "paste"
"""Stands for Mia, who pastes the pair."""
PRESS: Final = "press"
"""Stands for Ada, who presses Disable now in the security channel."""
BESIDE: Final = ("answer", "answered", "asked", "bound", "forget", "place")
"""First words of the steps that a leak has in common with all commands."""
PEOPLE: Final = (TOM, ADA, SAM, NIA)
"""With a key role: they can be asked."""
REPORTED: Final = "moved reported: command"
STOPPED: Final = "The key is disabled. The leaked secret no longer works."


@dataclass(frozen=True)
class Leak:
    """How a key is stopped, by which steps, and what its thread and people are told."""

    moves: tuple[Move, ...]
    steps: tuple[str, ...]
    thread: tuple[str, ...]
    people: int = 0
    """Those who are asked."""
    annotations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


LEAKS: Final = {
    "policy": Leak(
        (
            Move("moved disabled", PASTE),
            Move("decided report_leak", f"leak review {KEY} --env staging", "leak:settle", ADA),
        ),
        (
            *(REPORTED, "moved disabling by the policy", "disable key", "moved disabled"),
            *("post card", "post in thread"),
            *("decided report_leak", "post in thread 2", "draw card"),
        ),
        ("after the report", "Reviewed by"),
        annotations={'@id("key-roles-disable")\n': '@leak("disable")'},
    ),
    "press": Leak(
        (
            Move("moved asked", PASTE),
            Move("moved disabled Ada Okafor", PRESS),
        ),
        (
            *(REPORTED, "moved asked", "post card"),
            *("post to requester", "post to requester 2", "post to requester 3"),
            *("begun key:disable", "disable key", "done key:disable"),
            *("moved disabled Ada Okafor", "post in thread", "draw card"),
        ),
        ("after the report",),
        people=3,
    ),
}


@dataclass(frozen=True)
class LeakStory:
    """One leak."""

    setup: CrashPoints
    leak: Leak

    async def run(self) -> None:
        """Run the story."""
        story = MovesStory(self.setup, {PASTE: self._paste, PRESS: self._press})
        await story.run(self.leak.moves)

    async def _paste(self) -> None:
        key = await self.setup.system.key(KEY, PLACE)
        text = f"key show cloudinary://{key['api_key']}:{key['api_secret']}@x"
        await Story(self.setup).insist(
            "report_leak",
            lambda: self.setup.system.act("command", user=MIA, channel=PLATFORM, text=text),
        )

    async def _press(self) -> None:
        story = Story(self.setup)
        await story.insist(
            "key:disable", lambda: story.press(ADA, SECURITY, self.card, "disable_leaked")
        )

    async def card(self) -> Json | None:
        """Give the incident's message in the security channel."""
        cards = await self._cards()
        return cards[0] if cards else None

    async def _cards(self) -> list[Json]:
        posted = await from_bot(self.setup.system, ADA, SECURITY)
        return [it for it in posted if "thread_ts" not in it and not it["ephemeral"]]

    async def check(self) -> None:
        """Check the end: disabled, each step on record once, told once, and one card."""
        story = MovesStory(self.setup, {})
        await story.each_is_on_record_once(self.leak.steps)
        assert [False] == [each["enabled"] for each in await story.keys(KEY)]
        (card,) = await self._cards()
        assert STOPPED in card["text"]
        posted = await from_bot(self.setup.system, ADA, SECURITY)
        thread = [it["text"] for it in posted if "thread_ts" in it]
        said = [next((it for it in self.leak.thread if it in text), text) for text in thread]
        assert said == list(self.leak.thread)
        people = [
            it["text"]
            for user in PEOPLE
            for it in await from_bot(self.setup.system, user, direct(user))
        ]
        assert self.leak.people == len(people), people
