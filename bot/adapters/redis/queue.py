"""A stream read by workers: each item by one, and a dead worker's items by another.

States of an item: new in the stream -> held by one worker (pending in the group under its name) ->
done, which removes it. A worker that is dead leaves its items held under its name; a living one
reclaims them, one by one, and holds them then. A worker that can't read an item hands it over: it
is held under a name of its own without a sign of life, so that another worker reclaims it like a
dead one's. The one that handed it over waits before it reclaims it, longer each time.

Invariants
1. An item leaves the stream only in `done`, acknowledged and deleted in one transaction.
2. It is held by the worker that runs it, or by a dead one; never by two living ones. A reclaimer
   takes it in one step with the look whether the dead one still holds it and has no sign of life;
   a name is forgotten in one step with the look that it holds nothing. Version 0.1.0 takes an item
   without that look: the mark of the first reclaimer keeps both versions apart.
3. A worker lives while its sign of life does. It has a new name after each `open`, so that items
   which a lost answer gave to its former name are reclaimed like a dead worker's; those that it has
   go along to the new name, unless another has reclaimed them; what it reclaims meanwhile is left
   to the former name. It changes only what it holds.
4. Items are run at least once. Their runner makes it harmless to run one twice (intent before
   effect; an outbox item looks for its own message); `again` tells it to look.
5. An item wears out by runs that its workers did not survive, never by waiting: its count in the
   group tells how often work on it began. A new item comes counted; `count` counts all others.

What a crash leaves
    before `take` answers  Items held by a worker that does not know it: reclaimed when its sign of
                           life has expired, at most ten seconds later.
    while an item runs     The same item, reclaimed with `again`; after `MAX_RUNS` it comes as
                           `worn_out` and is given up.
    before `done`          An item that has run, reclaimed with `again`.
    after the mark         A mark of a dead worker: it expires after ten seconds, and another may
                           reclaim. The item is still held by the first that died.
    after XCLAIM           An item held by the second that died.
    before `hand_over`     An item held by a dead worker, as if it had not been read.
    after `give_back`      Items held by a worker that ends, counted as if it had not got them.
    before DELCONSUMER     A name without items; the next look deletes it.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.adapters.redis import names
from bot.adapters.redis.names import UNREAD, WORKERS
from bot.adapters.redis.store import Store, as_items, store_errors
from bot.errors import StoreError, Unread

ALIVE_FOR_MS: Final = 10_000  # a worker without a sign of life for so long is dead
HEARTBEAT: Final = ALIVE_FOR_MS / 1000 / 4  # seconds between signs of life: three may go missing
REREAD: Final = 10.0  # seconds until a worker reclaims what it handed over, doubled each time
LONGEST_REREAD: Final = 600.0  # seconds at most
REMEMBERED: Final = 10_000  # items that were handed over; an older one is reclaimed like any
BLOCK_MS: Final = 1_000  # how long one read waits; a stopping worker leaves within it
RECLAIM_BATCH: Final = 1_000  # items of one dead worker at a time; it held a few dozen at most
MAX_RUNS: Final = 5  # an item that kills its worker five times would kill the sixth

_MOVE: Final = """
-- One write, at the end. KEYS: stream. ARGV: group, holder, new holder, item, count.
local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[4], ARGV[4], 1, ARGV[2])
if #held == 0 then return 0 end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[4], 'RETRYCOUNT', ARGV[5], 'JUSTID')
return 1
"""
_CLAIM: Final = f"""
-- From a dead worker alone. KEYS: stream, sign of life.
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
{_MOVE}"""
_KEEP: Final = """
-- XCLAIM can't fail once the first has not. KEYS: stream. ARGV: group, new holder, number of former
-- ones, their names, items. An item that has another holder by now stays with it.
local former, last = {}, 3 + tonumber(ARGV[3])
for i = 4, last do former[ARGV[i]] = true end
for i = last + 1, #ARGV do
  local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if held and former[held[2]] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'RETRYCOUNT', held[4], 'JUSTID')
  end
end
return 1
"""
_FORGET: Final = """
-- One write, at the end. KEYS: stream, sign of life. ARGV: group, dead worker.
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
"""


@dataclass(frozen=True)
class Item:
    """One entry of the stream.

    `worn_out`: it has been tried too often. `again`: a worker that died may have run it already.
    `begun`: how often work on it began; `counted`: the next run, or the present one, is among them.
    """

    id: str
    fields: dict[str, str]
    worn_out: bool = False
    again: bool = False
    begun: int = 1
    counted: bool = True

    @property
    def age(self) -> float:
        """Seconds since it was queued, by the clocks of Redis and of this process."""
        return time.time() - int(self.id.partition("-")[0]) / 1000

    def field(self, name: str) -> str:
        """Give a field. Raises `Unread` where another version queued the item without it."""
        if name not in self.fields:
            raise Unread(f"the item has no field {name}: another version queued it")
        return self.fields[name]


class RedisQueue:
    """One worker's view of one stream."""

    def __init__(self, redis: Redis, stream: str) -> None:
        self._redis = redis
        self._store = Store(redis)
        self.stream = stream
        self._name = ""
        self._former = set[str]()  # names that may still hold what this worker runs
        self._opening = asyncio.Lock()  # while its items go along to a new name
        self._handed = dict[str, tuple[float, float]]()  # by item: until when, after which pause

    async def open(self, kept: Collection[str] = ()) -> None:
        """Create the group if necessary, give a sign of life under a new name, and take that name.

        `kept` are the ids of items that this worker has: the new name holds them from now on. After
        a `StoreError` the worker has its former name, and no right to take more.
        """
        name = secrets.token_hex(8)
        with store_errors(), contextlib.suppress(ResponseError):  # the group exists already
            await self._redis.xgroup_create(self.stream, WORKERS, id="0", mkstream=True)
        await self._beat(name)
        self._former |= {self._name, name} - {""}
        async with self._opening:
            if kept:
                args = (WORKERS, name, str(len(self._former)), *self._former, *kept)
                await self._store.call("EVAL", _KEEP, "1", self.stream, *args)
            self._name, self._former = name, set()

    async def beat(self) -> None:
        """Give a sign of life."""
        await self._beat(self._name)

    async def _beat(self, name: str) -> None:
        sign = "2"  # "1" is one of a version that does not announce its keys
        await self._store.call("SET", names.alive(name), sign, "PX", str(ALIVE_FOR_MS))

    async def keep_beating(self) -> None:
        """Give signs of life until cancelled; tries again when Redis is away."""
        while True:
            with contextlib.suppress(StoreError):
                await self.beat()
            await asyncio.sleep(HEARTBEAT)

    async def close(self) -> None:
        """Take the sign of life back, so that others reclaim at once what is left."""
        with contextlib.suppress(StoreError):
            await self._store.call("DEL", names.alive(self._name))

    async def take(self, count: int) -> list[Item]:
        """Wait for new items, up to `count`; none when nothing came for a second."""
        with store_errors():
            answer = await self._redis.xreadgroup(
                WORKERS, self._name, {self.stream: ">"}, count=count, block=BLOCK_MS
            )
        return [Item(*item) for item in as_items(_only_stream(answer))]

    async def done(self, item: Item) -> None:
        """Remove an item that has run; one transaction, or a crash leaves half of it."""
        held = ("XACK", self.stream, WORKERS, item.id)
        await self._store.transact(held, ("XDEL", self.stream, item.id))

    async def count(self, item: Item, *, begins: bool) -> Item:
        """Count that work on an item begins, or that it waits again; gives the item as it is then.

        While Redis is away nothing is counted: a count is not worth a wait.
        """
        if item.counted == begins:
            return item
        begun = item.begun + (1 if begins else -1)
        try:
            await self._move(item.id, "", begun)
        except StoreError:
            return item
        return replace(item, begun=begun, counted=begins)

    async def give_back(self, items: Sequence[Item]) -> None:
        """Leave items that did not run to others; this delivery does not wear them out."""
        counted = [each for each in items if each.counted]
        moves = (self._moving(each.id, self._name, each.begun - 1) for each in counted)
        await self._store.many(*moves)

    async def _move(self, item_id: str, to: str, count: int) -> None:
        """Move an item as `_moving` does, also while `open` does; no `to` is this worker."""
        name = ""
        while name != self._name:
            name = self._name
            if await self._store.call(*self._moving(item_id, to or name, count)) == 1:
                return
            async with self._opening:  # the item may have its new holder already
                pass

    def _moving(self, item_id: str, to: str, count: int) -> tuple[str, ...]:
        """Give an item of this worker to another name, with this count; one of another stays so."""
        return "EVAL", _MOVE, "1", self.stream, WORKERS, self._name, to, item_id, str(count)

    async def hand_over(self, item: Item, *, ran: bool) -> bool:
        """Leave an item to others that may be able to read it; True for the first time.

        The delivery wears the item out only if work on it had begun (`ran`). Each name holds one
        item, once: a name that is empty stays so, and can be deleted.
        """
        name, begun = _handed_over(item.id), item.begun - (item.counted and not ran)
        await self._move(item.id, name, begun)
        _, last = self._handed.pop(item.id, (0.0, 0.0))
        pause = min(2 * last, LONGEST_REREAD) or REREAD
        self._handed[item.id] = time.monotonic() + pause, pause
        while len(self._handed) > REMEMBERED:
            del self._handed[next(iter(self._handed))]
        return not last

    async def handed_over(self) -> list[str]:
        """List the ids of the items that were handed over, and that no worker has read since."""
        with store_errors():
            groups = await self._redis.xinfo_groups(self.stream)
            consumers = await self._redis.xinfo_consumers(self.stream, WORKERS) if groups else []
        held = [str(each["name"]) for each in consumers if each["pending"]]
        return sorted(each.split(":")[1] for each in held if each.startswith(UNREAD))

    def _waits(self, worker: str) -> bool:
        """Whether the name holds an item that this worker handed over a moment ago."""
        item_id = worker.removeprefix(UNREAD).partition(":")[0]
        until, _ = self._handed.get(item_id, (0.0, 0.0))
        return worker.startswith(UNREAD) and time.monotonic() < until

    async def reclaim(self) -> AsyncIterator[Item]:
        """Take over what dead workers left, and what living ones handed over."""
        with store_errors():
            consumers = await self._redis.xinfo_consumers(self.stream, WORKERS)
        found = [str(consumer["name"]) for consumer in consumers]
        workers = [each for each in found if each != self._name and not self._waits(each)]
        signs = await self._store.many(*(("GET", names.alive(each)) for each in workers))
        for worker, sign in zip(workers, signs, strict=True):
            if sign:
                continue
            async for item in self._left_by(worker):
                yield item

    async def _left_by(self, worker: str) -> AsyncIterator[Item]:
        group, once, name = (self.stream, WORKERS), ("NX", "PX", str(ALIVE_FOR_MS)), self._name
        with store_errors():
            pending = await self._redis.xpending_range(
                *group, "-", "+", RECLAIM_BATCH, consumername=worker
            )
        for left in pending:
            place = str(left["message_id"])
            mark = names.reclaim(worker, place)
            if not await self._store.text("SET", mark, name, *once):
                continue  # another worker was first
            before = int(str(left["times_delivered"]))
            args = (WORKERS, worker, name, place, str(before))
            if not await self._of_dead(_CLAIM, worker, *args):
                continue  # another worker holds it since, or this one lives after all
            for item in await self._store.stream(self.stream, place, place, 1):
                if name != self._name or self._opening.locked():
                    return  # left to the former name: it is reclaimed like any
                worn_out = before >= MAX_RUNS
                yield Item(*item, worn_out=worn_out, again=True, begun=before, counted=False)
        if not pending:
            await self._of_dead(_FORGET, worker, WORKERS, worker)

    async def _of_dead(self, script: str, worker: str, *args: str) -> bool:
        """Run a script that does nothing while the worker lives."""
        keys = (self.stream, names.alive(worker))
        return str(await self._store.call("EVAL", script, "2", *keys, *args)) == "1"


def _handed_over(item_id: str) -> str:
    return f"{UNREAD}{item_id}:{secrets.token_hex(4)}"


def _only_stream(answer: object) -> object:
    """Read the entries of the one stream that was read, in either version of the protocol."""
    if isinstance(answer, dict):
        return next(iter(answer.values()), [])
    if isinstance(answer, list) and answer:
        return answer[0][1]
    return []
