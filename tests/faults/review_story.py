"""The story of an access review: begun, answered, reminded of, escalated and ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from tests.faults.crash_points import CrashPoints
from tests.faults.moves import Move, MovesStory
from tests.faults.story import PLACE, Story
from tests.scenarios.presses import direct, from_bot
from tests.scenarios.system import ADA, PLATFORM, SECURITY, TOM

ENDED: Final = "e2e-tests"
"""Tom's key, which he ends."""
KEPT: Final = "preview-builds"
"""A key without an owner: Ada is asked, and Tom keeps it once she has not answered."""
END, KEEP = (f"end {ENDED}", f"keep {KEPT}")
OWNED: Final = Move("done key:owner", f"key owner {ENDED} @{TOM} --env staging", "key:owner")
"""Before the story."""
MOVES: Final = (
    Move("done key:review", "review keys --env staging", "key:review", ADA),
    Move("decided key:review", END),
    Move("moved review reminder", wait=timedelta(days=7)),
    Move("moved review escalated", wait=timedelta(days=7)),
    Move("decided key:review", KEEP),
)
STEPS: Final = (
    *("done key:review", "post to requester", "post to requester 2"),
    *("decided key:review", "asked key:disable"),
    *("begun key:disable", "disable key", "done key:disable", "decided key:review 2"),
    *("moved review reminder", "post to requester 3"),
    *("moved review escalated", "post to requester 4", "post card"),
    "decided key:review 3",
)
BESIDE: Final = (
    *("answer", "answered", "asked key:review", "asked requests", "bound", "draw", "forget"),
    "place",
)
"""First words of the steps that a review has in common with all commands."""


_OVER: Final = "An access review is over"
TOLD: Final = (
    (TOM, direct(TOM), ("An access review needs your answer on 1 key",)),
    (
        *(ADA, direct(ADA)),
        ("An access review needs your answer on 2", "An access review still waits", _OVER),
    ),
    (ADA, SECURITY, (_OVER,)),
)
"""Who reads which messages of the review, and where."""


@dataclass(frozen=True)
class ReviewStory:
    """Ada begins it; Tom answers."""

    setup: CrashPoints

    @property
    def story(self) -> MovesStory:
        """Make the moves."""
        answers = {each: partial(self._answer, *each.split()) for each in (END, KEEP)}
        return MovesStory(self.setup, dict[str, Callable[[], Awaitable[object]]](answers))

    async def begin(self) -> None:
        """Give Tom his key."""
        await self.story.run((OWNED,))

    async def run(self) -> None:
        """Run the whole story."""
        await self.story.run(MOVES)

    async def _answer(self, answer: str, name: str) -> None:
        entries = await self.setup.audit_entries()
        review = next(it["target"]["review"] for it in entries if "review" in it["target"])
        key = (await self.setup.system.key(name, PLACE))["api_key"]
        text = f"review answer {review} {key} {answer}"
        act = partial(self.setup.system.act, "command", user=TOM, channel=PLATFORM, text=text)
        await Story(self.setup).insist("requests", act)

    async def check(self) -> None:
        """Check the end: one key disabled, each step on record once, and each message once."""
        await self.story.each_is_on_record_once(STEPS)
        keys = {it["name"]: it["enabled"] for it in await self.story.keys("")}
        assert (False, True) == (keys[ENDED], keys[KEPT])
        for user, channel, texts in TOLD:
            posted = await from_bot(self.setup.system, user, channel)
            said = [it["text"] for it in posted if not it["ephemeral"]]
            assert all(text in each for text, each in zip(texts, said, strict=True)), said
