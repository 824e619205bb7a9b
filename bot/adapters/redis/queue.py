"""A stream read by workers: each item by one, and a dead worker's items by another.

States of an item: new in the stream -> held by one worker (pending in the group under its name) ->
done, which removes it. A worker that is dead leaves its items held under its name; a living one
reclaims them, one by one, and holds them then.

Invariants
1. An item leaves the stream only in `done`, acknowledged and deleted in one transaction.
2. It is held by the worker that carries it out, or by a dead one; never by two living ones. XCLAIM
   alone does not see to that: it gives an item to each that asks for it at the same time. The mark
   of the first that reclaims does.
3. A worker lives while its sign of life does. It goes by another name after each `open`, so that
   what a lost answer gave to its former name is reclaimed like a dead worker's.
4. Items are carried out at least once. Their runner makes it harmless to do so again (intent before
   effect; an outbox item looks for its own message); `again` tells it to look.

What a crash leaves
    before `take` answers  Items held by a worker that does not know it: reclaimed when its sign of
                           life has run out, at most ten seconds later.
    while an item runs     The same item, reclaimed with `again`; after `MAX_DELIVERIES` it comes as
                           `worn_out` and is given up.
    before `done`          An item that was carried out, reclaimed with `again`.
    after the mark         A mark of a dead worker: it expires after ten seconds, and another may
                           reclaim. The item is still held by the first that died.
    after XCLAIM           An item held by the second that died.
    before DELCONSUMER     A name without items; the next look deletes it.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from bot.adapters.redis import names
from bot.adapters.redis.names import WORKERS
from bot.adapters.redis.store import Store, as_items
from bot.errors import StoreError

ALIVE_FOR_MS: Final = 10_000
"""A worker that said nothing for so long is dead; its items go to the living."""
HEARTBEAT: Final = ALIVE_FOR_MS / 1000 / 4
"""Seconds between two signs of life: three may go missing."""
BLOCK_MS: Final = 1_000
"""How long one read waits; a stopping worker leaves within it."""
RECLAIM_BATCH: Final = 1_000
"""Items looked at of one dead worker at a time; it held a few dozen at most."""
MAX_DELIVERIES: Final = 5
"""Tries of one item; one that kills its worker five times would kill the sixth."""


@dataclass(frozen=True)
class Item:
    """One entry of the stream; `worn_out` when it has been tried too often."""

    id: str
    fields: dict[str, str]
    worn_out: bool = False
    again: bool = False
    """Whether a worker that died may have carried it out already."""


class RedisQueue:
    """One worker's view of one stream."""

    def __init__(self, redis: Redis, stream: str) -> None:
        self._redis = redis
        self._store = Store(redis)
        self._stream = stream
        self._name = ""

    async def open(self) -> None:
        """Create the group where there is none, and give a sign of life.

        Under a new name each time: what a lost answer gave to the old one is reclaimed.
        """
        self._name = secrets.token_hex(8)
        try:
            await self._redis.xgroup_create(self._stream, WORKERS, id="0", mkstream=True)
        except ResponseError:  # the group is there already
            pass
        except (RedisError, OSError) as error:
            raise StoreError(type(error).__name__) from error
        await self.beat()

    async def beat(self) -> None:
        """Give a sign of life."""
        await self._store.call("SET", names.alive(self._name), "1", "PX", str(ALIVE_FOR_MS))

    async def close(self) -> None:
        """Take the sign of life back, so that others reclaim at once what is left."""
        with contextlib.suppress(StoreError):
            await self._store.call("DEL", names.alive(self._name))

    async def take(self, count: int) -> list[Item]:
        """Wait for new items, up to `count`; none when nothing came for a second."""
        answer = await self._store.call(
            "XREADGROUP",
            "GROUP",
            WORKERS,
            self._name,
            "COUNT",
            str(count),
            "BLOCK",
            str(BLOCK_MS),
            "STREAMS",
            self._stream,
            ">",
        )
        return [Item(*item) for item in as_items(_only_stream(answer))]

    async def done(self, item: Item) -> None:
        """Forget an item that was carried out; one transaction, or a crash leaves half of it."""
        try:
            async with self._redis.pipeline(transaction=True) as both:
                both.xack(self._stream, WORKERS, item.id)
                both.xdel(self._stream, item.id)
                await both.execute()
        except (RedisError, OSError) as error:
            raise StoreError(type(error).__name__) from error

    async def reclaim(self) -> AsyncIterator[Item]:
        """Take over what dead workers left."""
        for worker in await self._workers():
            if worker == self._name or await self._store.text("GET", names.alive(worker)):
                continue
            async for item in self._left_by(worker):
                yield item

    async def _workers(self) -> list[str]:
        try:
            found = await self._redis.xinfo_consumers(self._stream, WORKERS)
        except (RedisError, OSError) as error:
            raise StoreError(type(error).__name__) from error
        return [str(consumer["name"]) for consumer in found]

    async def _left_by(self, worker: str) -> AsyncIterator[Item]:
        pending = await self._pending(worker)
        for left in pending:
            place = str(left["message_id"])
            if not await self._first_reclaimer(worker, place):
                continue
            claimed = await self._store.call(
                "XCLAIM", self._stream, WORKERS, self._name, "0", place
            )
            worn_out = int(str(left["times_delivered"])) >= MAX_DELIVERIES
            for item in as_items(claimed):
                yield Item(*item, worn_out=worn_out, again=True)
        if not pending:
            await self._store.call("XGROUP", "DELCONSUMER", self._stream, WORKERS, worker)

    async def _pending(self, worker: str) -> Sequence[Mapping[str, object]]:
        try:
            found: Sequence[Mapping[str, object]] = await self._redis.xpending_range(
                self._stream, WORKERS, "-", "+", RECLAIM_BATCH, consumername=worker
            )
        except (RedisError, OSError) as error:
            raise StoreError(type(error).__name__) from error
        return found

    async def _first_reclaimer(self, worker: str, place: str) -> bool:
        """Decide between workers that look at once: claiming does not."""
        mark = names.reclaim(worker, place)
        answer = await self._store.call("SET", mark, self._name, "NX", "PX", str(ALIVE_FOR_MS))
        return answer is not None


def _only_stream(answer: object) -> object:
    """The entries of the one stream that was read, whichever protocol version wrote it."""
    if isinstance(answer, dict):
        return next(iter(answer.values()), [])
    if isinstance(answer, list) and answer:
        return answer[0][1]
    return []


async def keep_beating(queue: RedisQueue) -> None:
    """Give signs of life until cancelled; a Redis that is away is tried again."""
    while True:
        with contextlib.suppress(StoreError):
            await queue.beat()
        await asyncio.sleep(HEARTBEAT)
