"""A worker of a queue: runs items side by side, and finishes them when it stops."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.adapters.redis.queue import Item, RedisQueue
from bot.errors import StoreError

_log = structlog.get_logger("keysmith.worker")

AT_ONCE: Final = 32  # items: enough while they wait for Cloudinary, too few to flood it
DRAIN: Final = 25.0  # seconds that a stopping process gives its items; platforms kill after 30
LOOK_FOR_LEFT: Final = 5.0  # seconds between two looks for items of dead workers
STORE_PAUSE: Final = 1.0  # seconds before Redis is asked again when it did not answer


class Worker:
    """Reads one queue until stopped. `run` must end by itself; it raises only by a bug."""

    def __init__(
        self, queue: RedisQueue, run: Callable[[Item], Awaitable[None]], at_once: int = AT_ONCE
    ) -> None:
        self._queue = queue
        self._run = run
        self._free = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Begin to read, and to give signs of life."""
        await self._queue.open()
        loops = (self._read(), self._reclaim(), self._queue.keep_beating())
        self._loops = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """Take nothing more; wait for what is under way, then leave the rest to other workers."""
        self._stopping = True
        reading, reclaiming, beating = self._loops
        for loop in (reading, reclaiming):
            await _cancel(loop)
        if self._busy:
            _, late = await asyncio.wait(self._busy.values(), timeout=DRAIN)
            for task in late:
                await _cancel(task)
        await _cancel(beating)
        await self._queue.close()

    async def _read(self) -> None:
        while not self._stopping:
            async with self._free:  # at least one place before anything is taken
                room = self._at_once - len(self._busy)
            try:
                for item in await self._queue.take(room):
                    await self._begin(item)
            except StoreError:
                await asyncio.sleep(STORE_PAUSE)
                with contextlib.suppress(StoreError):
                    await self._queue.open()  # a Redis that came back empty has lost the group too
            except Exception:  # noqa: BLE001  # a bug must not end the reading for good
                _log.exception("reading_failed")
                await asyncio.sleep(STORE_PAUSE)

    async def _reclaim(self) -> None:
        while not self._stopping:
            try:
                async for item in self._queue.reclaim():
                    await self._begin(item)
            except Exception as error:  # noqa: BLE001  # the next look tries again
                _log.warning("reclaiming_failed", reason=type(error).__name__)
            await asyncio.sleep(LOOK_FOR_LEFT)

    async def _begin(self, item: Item) -> None:
        if item.id not in self._busy:  # it may come back from this worker's own former name
            await self._free.acquire()
            self._busy[item.id] = asyncio.create_task(self._whole(item))

    async def _whole(self, item: Item) -> None:
        try:
            await self._run(item)
            await self._done(item)
        except Exception:  # noqa: BLE001  # a bug in one item must not end the worker
            _log.exception("item_failed", item=item.id)
        finally:
            del self._busy[item.id]
            self._free.release()

    async def _done(self, item: Item) -> None:
        while True:
            try:
                return await self._queue.done(item)
            except StoreError:
                await asyncio.sleep(STORE_PAUSE)


async def _cancel(task: asyncio.Task[None]) -> None:
    """End a task; redis-py may take one cancellation for a time-out of its own."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=STORE_PAUSE)
