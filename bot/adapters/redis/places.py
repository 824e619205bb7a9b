"""The places of a worker, shared fairly: a person with many items never keeps out another's."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.adapters.aside import held


class HeldPlace:
    """The place of one item; it may leave it for a while, and still counts for its owner."""

    def __init__(self, places: "Places") -> None:
        self._places = places
        self._inside = True
        self._over = False

    def leave(self) -> bool:
        """Let another item in."""
        if not self._inside or self._over:
            return False
        self._inside = False
        self._places.let_in()
        return True

    async def come_back(self) -> None:
        """Wait for a free place, before all items that have none yet."""
        if not self._over:
            await self._places.again()
            self._inside = True

    def give_back(self) -> bool:
        """End it; whether it is inside."""
        self._over = True
        return self._inside


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
        self._back: deque[asyncio.Future[None]] = deque()
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
        place = HeldPlace(self)
        try:
            await turn
            token = held.set(place)
            try:
                yield
            finally:
                held.reset(token)
        finally:
            if turn.cancelled():
                self._forget(owner, turn)
            else:
                self._free += place.give_back()
                self._inside -= Counter([owner])
            self._admit()

    def let_in(self) -> None:
        """Free the place of an item that waits for time alone."""
        self._free += 1
        self._admit()

    async def again(self) -> None:
        """Wait for the place of an item that has waited."""
        turn = asyncio.get_running_loop().create_future()
        self._back.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.let_in()
            elif turn in self._back:
                self._back.remove(turn)
            raise

    def _admit(self) -> None:
        while self._free and self._back:
            turn = self._back.popleft()
            if not turn.done():
                turn.set_result(None)
                self._free -= 1
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
