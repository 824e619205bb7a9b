"""Duplicated and reordered deliveries on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sandbox.slack.acks import Kind
from sandbox.slack.payload import Payload


@dataclass(frozen=True)
class DuplicatePlan:
    """The next delivery of a kind is repeated `count` times, each time after `after` seconds.

    With `same_bytes` a repetition also has the first one's signature (or envelope id).
    """

    kind: Kind
    count: int = 1
    after: float = 0.0
    same_bytes: bool = False


@dataclass
class Duplicates:
    """The planned repetitions, and those that were made (`sent`, for tests to wait for)."""

    planned: list[DuplicatePlan] = field(default_factory=list)
    sent: list[Payload] = field(default_factory=list)

    def take(self, kind: Kind) -> DuplicatePlan | None:
        """Remove and give the plan for a delivery of this kind; None without one."""
        found = next((plan for plan in self.planned if plan.kind is kind), None)
        if found is not None:
            self.planned.remove(found)
        return found

    def clear(self) -> None:
        """Forget all plans and repetitions."""
        self.planned.clear()
        self.sent.clear()


@dataclass
class _Queue:
    size: int
    waiting: list[asyncio.Event] = field(default_factory=list)


@dataclass
class Reordering:
    """Holds deliveries of a kind until there are enough, then releases them last first."""

    queues: dict[Kind, _Queue] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many deliveries are held."""
        return sum(len(queue.waiting) for queue in self.queues.values())

    def plan(self, kind: Kind, size: int) -> None:
        """Hold the next `size` deliveries of a kind."""
        self.queues[kind] = _Queue(size)

    @asynccontextmanager
    async def turn(self, kind: Kind) -> AsyncIterator[None]:
        """Wait for this delivery's turn; the previous one follows when this one was answered."""
        queue = self.queues.get(kind)
        if queue is None:
            yield
            return
        turn, position = asyncio.Event(), len(queue.waiting)
        queue.waiting.append(turn)
        if len(queue.waiting) == queue.size:
            del self.queues[kind]
            turn.set()
        await turn.wait()
        try:
            yield
        finally:
            if position:
                queue.waiting[position - 1].set()

    def clear(self) -> None:
        """Release every held delivery."""
        for queue in self.queues.values():
            for waiting in queue.waiting:
                waiting.set()
        self.queues.clear()
