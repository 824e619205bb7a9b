"""The story of a brown-out: a key is disabled for a time, ended early, and enabled by the clock."""

from dataclasses import dataclass
from typing import Final

from tests.faults.story import PLACE
from tests.faults.typed_story import REQUEST, Line, TypedStory
from tests.faults.watch import Point, When
from tests.scenarios.presses import direct, from_bot
from tests.scenarios.system import TOM

KEY: Final = "e2e-tests"
COMMANDS: Final = (
    Line("key:brownout", f"key brownout {KEY} --for 24h --env staging"),
    Line("requests", f"cancel {REQUEST}", effects=(("key:brownout", "enable key"),)),
)
STEPS: Final = (
    "asked key:brownout",
    "bound identify",
    "requested key:brownout",
    "post card",
    "answered key:brownout",
    "place card",
    "forget outbox",
    "moved begin",
    "begun key:brownout",
    "disable key",
    "done key:brownout",
    "moved finish",
    "post to requester",
    "forget errands",
    "post in thread",
    "draw card",
    "answer",
    "asked requests",
    "decided requests",
    "answered requests",
    "answer 2",
    "forget jobs-reserved",
    "begun key:brownout 2",
    "enable key",
    "done key:brownout 2",
    "post to requester 2",
    "post in thread 2",
)
POINTS: Final = tuple(str(Point(when, step)) for step in STEPS for when in When)
SHORT: Final = ("after disable key", "after enable key")


@dataclass(frozen=True)
class BrownoutStory(TypedStory):
    """Tom types each command."""

    lines: tuple[Line, ...] = COMMANDS

    async def check(self) -> None:
        """Check the end: the key works, was changed twice, and Tom heard of each once."""
        await self.each_is_on_record_once()
        state = await self.setup.system.cloudinary("state")
        place = next(each for each in state["environments"] if each["name"] == PLACE)
        assert next(each for each in place["keys"] if each["name"] == KEY)["enabled"]
        told = [str(it["text"]) for it in await from_bot(self.setup.system, TOM, direct(TOM))]
        assert 1 == sum("is disabled until" in each for each in told), told
        assert 1 == sum("Enabled again" in each for each in told), told
