"""Deliveries that come twice, late, or in another order: what networks do, on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sandbox.slack.acks import Kind
from sandbox.slack.payload import Payload


@dataclass(frozen=True)
class Double:
    """The next delivery of a kind comes `count` times more, each after `after` seconds.

    With `same_bytes` the signature (or the envelope's id) is the first one's, too.
    """

    kind: Kind
    count: int = 1
    after: float = 0.0
    same_bytes: bool = False


@dataclass
class Doubles:
    """What is planned to come again, and what has (`sent`, for tests to wait on)."""

    planned: list[Double] = field(default_factory=list)
    sent: list[Payload] = field(default_factory=list)

    def take(self, kind: Kind) -> Double | None:
        """Give the plan for a delivery that is about to leave."""
        found = next((double for double in self.planned if double.kind is kind), None)
        if found is not None:
            self.planned.remove(found)
        return found

    def clear(self) -> None:
        """Forget everything."""
        self.planned.clear()
        self.sent.clear()


@dataclass
class _Queue:
    size: int
    waiting: list[asyncio.Event] = field(default_factory=list)


@dataclass
class Disorder:
    """Deliveries of a kind that wait until there are enough, and then leave last first."""

    queues: dict[Kind, _Queue] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many wait."""
        return sum(len(queue.waiting) for queue in self.queues.values())

    def plan(self, kind: Kind, size: int) -> None:
        """Hold the next `size` deliveries of a kind."""
        self.queues[kind] = _Queue(size)

    @asynccontextmanager
    async def turn(self, kind: Kind) -> AsyncIterator[None]:
        """Wait for one's turn; the delivery before comes when this one was answered."""
        queue = self.queues.get(kind)
        if queue is None:
            yield
            return
        mine, place = asyncio.Event(), len(queue.waiting)
        queue.waiting.append(mine)
        if len(queue.waiting) == queue.size:
            del self.queues[kind]
            mine.set()
        await mine.wait()
        try:
            yield
        finally:
            if place:
                queue.waiting[place - 1].set()

    def clear(self) -> None:
        """Let everything go that waits."""
        for queue in self.queues.values():
            for waiting in queue.waiting:
                waiting.set()
        self.queues.clear()
