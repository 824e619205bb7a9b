"""The places of a worker, shared fairly: a person with many items never keeps out another's."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """At most `total` inside, at most `each` of one owner.

    A free place goes to the owner with the fewest inside, and among those to the one whose turn
    was longest ago; each owner's own items keep their order. Both limits are needed: the choice
    alone lets one owner fill every place before another arrives, and then that one waits for the
    slowest of them.
    """

    def __init__(self, total: int, each: int) -> None:
        self._free = total
        self._each = each
        self._inside: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._vacant = asyncio.Event()
        self._vacant.set()

    async def vacant(self) -> int:
        """Wait until a place is free that no waiting item may take; return how many there are."""
        await self._vacant.wait()
        return self._free

    @asynccontextmanager
    async def place(self, owner: str) -> AsyncIterator[None]:
        """Wait for a place and keep it until the block ends."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        self._admit()
        try:
            await turn
            yield
        finally:
            if turn.cancelled():
                self._forget(owner, turn)
            else:
                self._free += 1
                self._inside -= Counter([owner])
            self._admit()

    def _admit(self) -> None:
        while self._free and (owner := self._next()) is not None:
            turn = self._waiting[owner].popleft()
            if not self._waiting[owner]:
                del self._waiting[owner]
            else:
                self._waiting[owner] = self._waiting.pop(owner)  # to the end: others come first
            if not turn.done():
                turn.set_result(None)
                self._free -= 1
                self._inside[owner] += 1
        (self._vacant.set if self._free else self._vacant.clear)()

    def _next(self) -> str | None:
        able = [owner for owner in self._waiting if self._inside[owner] < self._each]
        return min(able, key=self._inside.__getitem__, default=None)

    def _forget(self, owner: str, turn: "asyncio.Future[None]") -> None:
        line = self._waiting.get(owner, deque())
        if turn in line:
            line.remove(turn)
        if not line:
            self._waiting.pop(owner, None)
