"""A worker of a queue: runs items side by side, and finishes them when it stops.

Fairness: each item has an owner, and `Places` decides whose item runs next. To see past the items
of one owner, the worker reads on while a place is free that none of its own items may take.

An item that this process can't read (`Unread`) is handed over to another one, and never removed. So
is one that fails by a bug; that wears it out.

An item that can't run yet (`Ready`) waits without a place. It stays in the stream, held by this
worker, so a crash leaves it to another worker like one that runs.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from bot.adapters.redis.places import Places
from bot.adapters.redis.queue import Item, RedisQueue
from bot.adapters.tasks import end
from bot.errors import StoreError, Unread

_log = structlog.get_logger("keysmith.worker")

AT_ONCE: Final = 32  # items: enough while they wait for Cloudinary, too few to flood it
EACH: Final = 2  # items of one owner: fifteen busy people leave room, and CPU, for one more
HELD: Final = 1_000  # items that wait for a place or a lock: a few hundred bytes each
DRAIN: Final = 12.0  # seconds that a stopping process gives its items: half of its 25
LEAVING: Final = 2.0  # seconds for the last calls to Redis, which may be away
LOOK_FOR_LEFT: Final = 5.0  # seconds between two looks for items of dead workers
STORE_PAUSE: Final = 1.0  # seconds before Redis is asked again when it did not answer

T = TypeVar("T")
Ready = Callable[[], Awaitable[float]]
"""Tells in how many seconds to ask again; 0 when the item may run."""


OLD: Final = 300.0  # seconds after which an item that is still unread is told of
Tell = Callable[[Item, Unread], Awaitable[object]]
"""Tells people of an item that no process has read for so long."""


def _itself(item: Item) -> str:
    return item.id


async def _silent(_: Item, __: Unread) -> None:
    pass


def _always() -> bool:
    return True


class Worker:
    """Reads one queue until stopped. `run` must end by itself; it raises only by a bug.

    While `may` is false it reads nothing: what is in the queue stays there.

    `run` returns None when the item is done, or what tells when to run it again.
    """

    def __init__(
        self,
        queue: RedisQueue,
        run: Callable[[Item], Awaitable[Ready | None]],
        at_once: int = AT_ONCE,
        each: int = EACH,
        owner: Callable[[Item], str] = _itself,
        *,
        drain: float = DRAIN,
        tell: Tell = _silent,
        may: Callable[[], bool] = _always,
    ) -> None:
        self._tell = tell
        self._queue = queue
        self._run = run
        self._owner = owner
        self._drain = drain
        self._may = may
        self._places = Places(at_once, each)
        self._room = asyncio.Semaphore(HELD)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._items: dict[str, Item] = {}
        self._idle: set[str] = set()
        self._left: list[Item] = []
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False
        self._looks_from = 0.0

    async def start(self) -> None:
        """Begin to read, and to give signs of life."""
        await self._queue.open()
        loops = (self._read(), self._reclaim(), self._queue.keep_beating())
        self._loops = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """Take nothing more; wait for what is under way, then leave the rest to other workers."""
        self._stopping = True
        if not self._loops:
            return
        reading, reclaiming, beating = self._loops
        await end(reading, reclaiming)
        idle = list(self._idle)
        self._left += [self._items[each] for each in idle]
        await end(*(self._busy[each] for each in idle))
        if self._busy:
            _, late = await asyncio.wait(self._busy.values(), timeout=self._drain)
            await end(*late)
        await end(beating)
        with contextlib.suppress(TimeoutError, StoreError):  # what is not given back wears out
            async with asyncio.timeout(LEAVING):
                await self._queue.give_back(self._left)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVING):
                await self._queue.close()

    async def _read(self) -> None:
        while not self._stopping:
            await asyncio.sleep(0 if self._may() else STORE_PAUSE)  # the last items take places
            if not self._may():
                continue
            async with self._room:  # at least one item may be held before anything is taken
                room = min(await self._places.vacant(), HELD - len(self._busy))
            try:
                for item in await self._queue.take(room):
                    await self._begin(item)
            except StoreError:
                await asyncio.sleep(STORE_PAUSE)
                await self._reopen()
            except Exception:  # noqa: BLE001  # a bug must not end the reading for good
                _log.exception("reading_failed")
                await asyncio.sleep(STORE_PAUSE)

    async def _reopen(self) -> None:
        """Open the queue again: a Redis that came back empty has lost the group too.

        It takes and reclaims nothing before: not without a sign of life, nor what others hold whose
        signs ended while Redis was away, before they had the time to open again.
        """
        self._looks_from = float("inf")
        await self._again(lambda: self._queue.open(self._items))
        self._looks_from = asyncio.get_running_loop().time() + LOOK_FOR_LEFT

    async def _reclaim(self) -> None:
        while not self._stopping:
            now = asyncio.get_running_loop().time()
            try:
                if self._may() and now >= self._looks_from:
                    async for item in self._queue.reclaim():
                        await self._begin(item)
            except Exception as error:  # noqa: BLE001  # the next look tries again
                _log.warning("reclaiming_failed", reason=type(error).__name__)
            await asyncio.sleep(LOOK_FOR_LEFT)

    async def _begin(self, item: Item) -> None:
        if item.id not in self._items:  # it may come back from this worker's own former name
            self._items[item.id] = item  # it is this worker's while it waits for room, too
            await self._room.acquire()
            self._idle.add(item.id)
            self._busy[item.id] = asyncio.create_task(self._whole(item))

    async def _whole(self, item: Item) -> None:
        try:
            while ready := await self._in_place(item):
                if self._stopping:
                    self._left.append(self._items[item.id])
                    return
                await _until(ready)
            await self._again(lambda: self._queue.done(item))
        except Unread as unread:
            await self._hand_over(self._items[item.id], unread)
        except Exception:  # noqa: BLE001  # a bug in one item must not end the worker
            _log.exception("item_failed", item=item.id)
            await self._again(lambda: self._queue.hand_over(self._items[item.id], ran=True))
        finally:
            self._busy.pop(item.id, None)
            self._items.pop(item.id, None)
            self._idle.discard(item.id)
            self._room.release()

    async def _in_place(self, item: Item) -> Ready | None:
        """Run an item once there is a place for it; it is idle before and after."""
        async with self._places.place(self._owner(item)):
            self._idle.discard(item.id)
            current = await self._counted(item, begins=True)
            ready = await self._run(current)
        if ready:
            await self._counted(item, begins=False)
            self._idle.add(item.id)
        return ready

    async def _counted(self, item: Item, *, begins: bool) -> Item:
        current = await self._queue.count(self._items[item.id], begins=begins)
        self._items[item.id] = current
        return current

    async def _hand_over(self, item: Item, unread: Unread) -> None:
        """Leave an item that this process can't read to the others."""
        if await self._again(lambda: self._queue.hand_over(item, ran=unread.ran)):
            _log.error("item_unread", item=item.id, queue=self._queue.stream, reason=str(unread))
        if item.age > OLD:
            unread.lacks = unread.lacks or self._queue.stream.rpartition(":")[2]
            with contextlib.suppress(StoreError):  # the next look tells
                await self._tell(item, unread)

    async def _again(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until Redis answers."""
        while True:
            try:
                return await call()
            except StoreError:
                await asyncio.sleep(STORE_PAUSE)


async def _until(ready: Ready) -> None:
    while pause := await ready():  # noqa: ASYNC110  # what it waits for is in Redis
        await asyncio.sleep(pause)
