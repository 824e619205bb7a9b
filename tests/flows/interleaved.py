"""Two acts at once, whose calls to the ports come in a chosen order.

An order says how many calls one act makes before the other has its turn. Every order with one
change of turns is there, and a choice of those with two or three. `make test` plays some of them.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple, ParamSpec, TypeVar

from tests.flows.failing_fakes import FailurePoint, failing
from tests.flows.harness import Harness
from tests.flows.living import FailingIncidents, FailingSightings

P = ParamSpec("P")
T = TypeVar("T")

FUZZ: Final = int(os.environ.get("FUZZ_EXAMPLES", "0"))
MORE: Final = FUZZ or 12
"""Orders with more than one change of turns."""
PATIENCE: Final = 30
"""Rounds of the event loop without a call of the other act: it waits for a lock."""
ACT: Final[ContextVar[int | None]] = ContextVar("act", default=None)


class Order(NamedTuple):
    """Which act is first, and after how many calls the turn changes each time."""

    first: int
    changes: tuple[int, ...]


@dataclass
class Turns(FailurePoint):
    """Lets one of two acts make its calls; `made` counts them, and others pass."""

    order: Order = field(default_factory=lambda: Order(0, ()))
    made: list[int] = field(default_factory=lambda: [0, 0])
    over: list[bool] = field(default_factory=lambda: [False, False])
    turn: int = 0
    left: list[int] = field(default_factory=list)

    def start(self, order: Order) -> None:
        """Begin with the first of the order."""
        self.order, self.turn, self.left = order, order.first, [*order.changes]
        self.made, self.over = [0, 0], [False, False]

    async def guard(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make one call in its turn."""
        act = ACT.get()
        if act is None:
            return await work(*args, **kwargs)
        await self._wait(act)
        self.made[act] += 1
        try:
            return await work(*args, **kwargs)
        finally:
            if self.left and self.turn == act:
                self.left[0] -= 1
                if self.left[0] <= 0:
                    self._change()

    async def _wait(self, act: int) -> None:
        rounds, seen = 0, sum(self.made)
        while self.turn != act and not self.over[1 - act]:
            await asyncio.sleep(0)
            rounds = rounds + 1 if seen == sum(self.made) else 0
            seen = sum(self.made)
            if rounds > PATIENCE:
                self._change()

    def _change(self) -> None:
        self.turn = 1 - self.turn
        self.left = self.left[1:]

    async def party(self, act: int, does: Callable[[], Awaitable[object]]) -> object:
        """Run one of the acts."""
        ACT.set(act)
        try:
            return await does()
        finally:
            self.over[act] = True


class Race(NamedTuple):
    """Two acts, and what must hold after both, whatever their order; it gets their answers."""

    one: Callable[[], Awaitable[object]]
    other: Callable[[], Awaitable[object]]
    judge: Callable[[object, object], Awaitable[None]]


Begin = Callable[[Harness], Awaitable[Race]]


def orders(one: int, other: int) -> Iterator[Order]:
    """Every order with one change for acts of so many calls, and a choice of the others."""
    for first, most in enumerate((one, other)):
        for calls in range(1, most + 1):
            yield Order(first, (calls,))
    chance = Random(f"{one} {other}")  # noqa: S311  # the same choice each time
    for _ in range(MORE):
        first = chance.randrange(2)
        mosts = (one, other, one) if first == 0 else (other, one, other)
        changes = tuple(chance.randint(1, most) for most in mosts[: chance.choice((2, 3))])
        yield Order(first, changes)


async def in_every_order(begin: Begin, most: int = 30) -> None:
    """Play the race in each order, each time from the beginning; in `make test`, in `most`."""
    one, other = await _played(begin, Order(0, ()))
    assert min(one, other), "an act makes no calls"
    every = list(orders(one, other))
    chosen = Random(f"{one} {other}").sample(every, min(most, len(every)))  # noqa: S311
    for order in every if FUZZ else chosen:
        try:
            await _played(begin, order)
        except AssertionError as error:
            error.add_note(str(order))
            raise


async def _played(begin: Begin, order: Order) -> list[int]:
    turns = Turns()
    harness = failing(turns)
    harness.sightings = sightings = FailingSightings(harness.records)
    harness.incidents = incidents = FailingIncidents(harness.jobs)
    sightings.failure_point = incidents.failure_point = turns
    harness.rebuild()
    race = await begin(harness)
    turns.start(order)
    answers = await asyncio.gather(turns.party(0, race.one), turns.party(1, race.other))
    await race.judge(*answers)
    return turns.made
