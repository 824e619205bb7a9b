"""What passes between the bot and the world, by name, and the point at which it stops for good."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self


class When(StrEnum):
    """On which side of a step the crash falls."""

    BEFORE = "before"
    """It was sent, and is never carried out."""
    AFTER = "after"
    """It was carried out, and the bot never hears of it."""


@dataclass(frozen=True)
class Point:
    """One boundary of one step."""

    when: When
    step: str

    def __str__(self) -> str:
        return f"{self.when} {self.step}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str()` wrote."""
        when, _, step = text.partition(" ")
        return cls(When(when), step)


class Crashed(Exception):
    """Whoever hears this hangs up and does no more."""


@dataclass
class Watch:
    """Sees every step, in the order in which the steps were begun."""

    stops_at: Point | None = None
    steps: list[str] = field(default_factory=list)
    caller_lives: bool = False
    """Whether it was Redis that crashed, so that what the bot says to others goes on."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _counts: Counter[str] = field(default_factory=Counter)

    def name(self, kind: str) -> str:
        """Name the next step of a kind: the second is told from the first."""
        count = self._counts[kind] + 1
        return kind if count == 1 else f"{kind} {count}"

    def count(self, kind: str) -> None:
        """Let the next one of this kind have another name."""
        self._counts[kind] += 1

    def uncount(self, kind: str) -> None:
        """Take it back: this one was refused, and will be tried again."""
        self._counts[kind] -= 1

    async def before(self, step: str) -> None:
        """Wait for the crash, where it is to come here."""
        await self._meet(Point(When.BEFORE, step))

    async def after(self, step: str) -> None:
        """Note that a step was carried out; wait for the crash, where it is to come here."""
        if step not in self.steps:
            self.steps.append(step)
        await self._meet(Point(When.AFTER, step))

    async def _meet(self, point: Point) -> None:
        if point != self.stops_at or self.reached.is_set():
            return
        self.reached.set()
        await self._over.wait()
        raise Crashed

    def go_on(self, *, caller_lives: bool) -> None:
        """The crash has happened: what the dead had in hand is dropped."""
        self.caller_lives = caller_lives
        self._over.set()
