"""Names the steps between the bot and its services, and stops at the crash point."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self


class When(StrEnum):
    """The side of a step on which the crash happens."""

    BEFORE = "before"
    """The step was sent and never happens."""
    AFTER = "after"
    """The step happened, and the bot never gets its answer."""


@dataclass(frozen=True)
class Point:
    """One boundary of one step."""

    when: When
    step: str

    def __str__(self) -> str:
        return f"{self.when} {self.step}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text that `str()` writes."""
        when, _, step = text.partition(" ")
        return cls(When(when), step)


class Crashed(Exception):
    """One end crashed: the gate closes the connection."""


@dataclass
class Watch:
    """Sees every step, in the order in which they happen."""

    stops_at: Point | None = None
    steps: list[str] = field(default_factory=list)
    caller_lives: bool = False
    """Whether Redis crashed, and not the bot: the bot's other calls continue."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _counts: Counter[str] = field(default_factory=Counter)

    def name(self, kind: str) -> str:
        """Name the next step of a kind; from the second on with a number."""
        count = self._counts[kind] + 1
        return kind if count == 1 else f"{kind} {count}"

    def count(self, kind: str) -> None:
        """Count a step, so that the next one of its kind gets another name."""
        self._counts[kind] += 1

    def uncount(self, kind: str) -> None:
        """Undo a count: the step was refused and will be repeated."""
        self._counts[kind] -= 1

    def forget(self) -> None:
        """Begin another story: its steps are named from the first on."""
        self.steps.clear()
        self._counts.clear()

    async def before(self, step: str) -> None:
        """Wait for the crash, if this is its point."""
        await self._meet(Point(When.BEFORE, step))

    async def after(self, step: str) -> None:
        """Note that a step happened; wait for the crash, if this is its point."""
        if step not in self.steps:
            self.steps.append(step)
        await self._meet(Point(When.AFTER, step))

    async def _meet(self, point: Point) -> None:
        if point != self.stops_at or self.reached.is_set():
            return
        self.reached.set()
        await self._over.wait()
        raise Crashed

    def resume(self, *, caller_lives: bool) -> None:
        """Continue after the crash; the stopped step ends with `Crashed`."""
        self.caller_lives = caller_lives
        self._over.set()
