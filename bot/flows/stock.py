"""What is waiting in the store at this moment, for the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.audit import Head


@dataclass(frozen=True)
class Queue:
    """Items of a queue that wait or run, and the age of the oldest in seconds."""

    items: int
    oldest: float


@dataclass(frozen=True)
class Stock:
    """What is waiting; `aside` counts jobs by lane, `pending` requests by their age.

    `half_open` are links that are being opened, the oldest for so many seconds. `uncollected` are
    credentials that no person has seen, by whether their link can be opened. `working` says whether
    any process has run jobs within half a minute.
    """

    head: Head
    role: str
    queues: Mapping[str, Queue]
    aside: Mapping[str, int]
    pending: Mapping[str, int]
    half_open: Queue
    uncollected: Mapping[str, int]
    working: bool


class StockTaker(Protocol):
    """Looks at what is waiting. May raise `StoreError`."""

    async def take_stock(self) -> Stock:
        """Look, in one round trip."""
