"""Stories of rotations: one with each phase, those that are aborted, and one of a leaked key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.faults.crash_points import CrashPoints
from tests.faults.final_state import RECEIPT
from tests.faults.moves import Move, MovesStory
from tests.faults.story import APPROVALS, Story
from tests.faults.typed_story import REQUEST
from tests.scenarios.presses import direct, from_bot
from tests.scenarios.system import ADA, TOM

KEY: Final = "e2e-tests"
NEW: Final = f"{KEY}-"
"""The successor's name until the old key is gone; the rotation's id follows."""
LINK: Final = "link"
"""Stands for the owner who collects the successor."""
PIN: Final = f"key webhook {KEY} --env staging --confirm {KEY}"
ROTATE: Final = f"key rotate {KEY} --env staging --grace 2h"
MADE: Final = "moved hand over"
BESIDE: Final = (
    *("answer", "answered", "asked", "bound", "draw", "forget", "linked", "place", "requested"),
)
"""First words of the steps that a rotation has in common with all requests."""


def steered(to: str, step: str, by: str = TOM) -> Move:
    """Take a step of the rotation."""
    return Move(f"moved rotation {to}", f"rotation {REQUEST} {step}", by=by)


def later(to: str, **span: int) -> Move:
    """Let time pass."""
    return Move(f"moved rotation {to}", wait=timedelta(**span))


@dataclass(frozen=True)
class Plot:
    """The moves of a rotation, their steps, what is told of them, and which keys are left.

    No process dies during the moves `before`.
    """

    moves: tuple[Move, ...]
    steps: tuple[str, ...]
    told: tuple[str, ...]
    keys: Mapping[str, bool]
    card: str
    before: tuple[Move, ...] = ()


ROTATED: Final = Move(MADE, ROTATE, "key:rotate")
COLLECTED: Final = Move("moved rotation prove", LINK)
BEGIN: Final = ("moved begin", "begun key:rotate", "make key", "done key:rotate", MADE)
OPEN: Final = ("begun link:open", "enable key", "revealed link:open", "moved claim")
TAKEN: Final = "Collected "
NEVER: Final = "Not collected."
WORKS: Final = "collected. The key works now."
BOTH: Final = "Both keys work."
SOAKS: Final = "The old key is disabled."
PLOTS: Final = {
    "whole": Plot(
        (
            ROTATED,
            COLLECTED,
            steered("hold", "deployed"),
            steered("retired", f"signer --confirm {KEY}"),
            steered("revived", "rollback"),
            later("reminder", hours=1),
            later("retired", hours=1),
            later("ripen", days=14),
            steered("named", f"delete --confirm {KEY}", ADA),
        ),
        (
            *(*BEGIN, *OPEN, "moved rotation prove"),
            *("moved rotation deployed", "moved rotation hold"),
            *("moved rotation signer", "pin key", "moved rotation moved"),
            *("disable key", "moved rotation retired"),
            *("moved rotation rollback", "enable key 2", "moved rotation revived"),
            "moved rotation reminder",
            *("moved rotation deployed 2", "disable key 2", "moved rotation retired 2"),
            "moved rotation ripen",
            *("moved rotation delete", "delete key", "moved rotation gone"),
            *("rename key", "moved rotation named"),
        ),
        (
            *(TAKEN, WORKS, BOTH, "signs webhook notifications", SOAKS, BOTH, BOTH, SOAKS),
            *("was disabled long enough", "is rotated"),
        ),
        {KEY: True},
        "is rotated",
        (Move("done key:webhook", PIN, "key:webhook"),),
    ),
    "abandoned": Plot(
        (steered("cleared", "abort"),),
        (
            "moved rotation abort",
            "released key:rotate",  # of the link
            *("delete key", "moved rotation cleared"),
        ),
        (NEVER, "The rotation ended."),
        {KEY: True},
        "The rotation ended.",
        (ROTATED,),
    ),
    "aborted": Plot(
        (steered("cleared", f"abort --confirm {KEY}"),),
        ("moved rotation abort", "enable key", "delete key", "moved rotation cleared"),
        (TAKEN, WORKS, BOTH, SOAKS, "The rotation ended."),
        {KEY: True},
        "The rotation ended.",
        (ROTATED, COLLECTED, steered("retired", "deployed")),
    ),
    "leaked": Plot(
        (
            Move(MADE, f"{ROTATE} --compromised", "key:rotate"),
            Move("moved rotation retired", LINK),
        ),
        (
            *("begun key:disable", "disable key", "done key:disable"),
            *(*BEGIN, *OPEN, "moved rotation prove"),
            *("moved rotation deployed", "moved rotation retired"),
        ),
        (TAKEN, WORKS, SOAKS),
        {KEY: False, NEW: True},
        SOAKS,
    ),
}


@dataclass(frozen=True)
class RotationStory:
    """One plot of a rotation."""

    setup: CrashPoints
    plot: Plot

    @property
    def story(self) -> MovesStory:
        """Make the moves; Tom collects the successor."""
        return MovesStory(self.setup, {LINK: Story(self.setup, TOM, NEW).collect})

    async def begin(self) -> None:
        """Come to where the plot begins."""
        await self.story.run(self.plot.before)

    async def run(self) -> None:
        """Run the plot."""
        await self.story.run(self.plot.moves)

    async def check(self) -> None:
        """Check the end: the keys, each step on record once, told once, and one card."""
        await self.story.each_is_on_record_once(self.plot.steps)
        keys = {it["name"][: len(NEW)]: it["enabled"] for it in await self.story.keys(KEY)}
        assert keys == self.plot.keys
        posted = await from_bot(self.setup.system, TOM, APPROVALS)
        (card,) = [it for it in posted if "thread_ts" not in it and not it["ephemeral"]]
        assert self.plot.card in card["text"]
        thread = [it["text"] for it in posted if "thread_ts" in it]
        told = await from_bot(self.setup.system, TOM, direct(TOM))
        words = dict.fromkeys(self.plot.told)
        heard = [it["text"] for it in told if not it["ephemeral"]]
        for texts in thread, [text for text in heard if RECEIPT not in text]:
            said = [next((it for it in words if it in text), text) for text in texts]
            assert said == list(self.plot.told)
            assert not [text for text in texts if "by other means" in text]
