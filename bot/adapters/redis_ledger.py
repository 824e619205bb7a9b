"""One atomic step in Redis: guards, writes, and the audit entries that tell of them.

Every store goes through `Ledger.commit`, so that no state changes without its entry and no entry
stands without its state. A guard that fails decides a race; its losers change nothing.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.adapters.redis_store import PREFIX, Store
from bot.domain.audit import ChainKey, Entry, Head, Record, chain
from bot.errors import StoreError

STREAM: Final = PREFIX + "audit"
HEAD: Final = PREFIX + "audit-head"
TURN: Final = PREFIX + "audit-turn"
TURN_MS: Final = 200
"""How long a process that came too late has the chain to itself: many round trips."""
WAIT: Final = 0.002
"""Seconds between tries while another process has its turn: about a round trip."""
TRIES: Final = 1000
"""Of one commit: at least two seconds of other processes' turns."""
PAGE: Final = 500
"""Audit records read at a time."""

_SCRIPT = """
local step = cjson.decode(ARGV[1])
for place, guard in ipairs(step.guards) do
  local found = redis.call(unpack(guard.ask))
  if guard.expect == cjson.null then
    if found ~= false then return {'lost', tostring(place)} end
  elseif tostring(found) ~= guard.expect then
    return {'lost', tostring(place)}
  end
end
local turn = redis.call('GET', KEYS[3])
if turn and turn ~= ARGV[2] then return {'wait'} end
local head = redis.call('GET', KEYS[1]) or ''
if head ~= step.head then
  redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
  return {'behind', head}
end
for _, record in ipairs(step.records) do
  redis.call('XADD', KEYS[2], record.seq .. '-0', 'body', record.body, 'key', record.key,
    'mac', record.mac)
end
redis.call('SET', KEYS[1], step.next)
if turn then redis.call('DEL', KEYS[3]) end
local results = {'applied'}
for place, write in ipairs(step.writes) do results[place + 1] = redis.call(unpack(write)) end
return results
"""


@dataclass(frozen=True)
class Guard:
    """What must hold: the answer of a reading command; None for nothing there."""

    ask: tuple[str, ...]
    expect: str | None


@dataclass(frozen=True)
class Step:
    """If every guard holds, every write happens and every entry is appended; else nothing."""

    entries: tuple[Entry, ...]
    writes: tuple[tuple[str, ...], ...] = ()
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True)
class Applied:
    """The step happened; `results` are the answers of its writes."""

    results: tuple[object, ...]


@dataclass(frozen=True)
class Lost:
    """The guard at `place` did not hold, so nothing happened."""

    place: int


class Ledger:
    """Commits steps; one for each process, any number of processes."""

    def __init__(self, redis: Redis, store: Store, key: ChainKey) -> None:
        self._store = store
        self._key = key
        self._script = redis.register_script(_SCRIPT)
        self._head = ""
        self._name = secrets.token_hex(8)
        self._one_at_a_time = asyncio.Lock()

    async def commit(self, step: Step) -> Applied | Lost:
        """Take one step.

        Raises:
            StoreError: Redis did not answer; whether the step happened is not known.

        """
        async with self._one_at_a_time:
            try:
                return await self._commit(step)
            except (RedisError, OSError) as error:
                raise StoreError(type(error).__name__) from error

    async def _commit(self, step: Step) -> Applied | Lost:
        doubtful: Record | None = None
        for _ in range(TRIES):
            records = self._chained(step.entries)
            try:
                verdict, *rest = await self._send(step, records)
            except (RedisConnectionError, RedisTimeoutError):
                if doubtful:
                    raise
                doubtful = records[-1]
                continue
            if verdict == "applied":
                self._head = _written(records[-1])
                return Applied(tuple(rest))
            if doubtful and await self._stands(doubtful):
                return Applied(())
            if verdict == "lost":
                return Lost(int(str(rest[0])) - 1)
            if verdict == "behind":
                self._head = str(rest[0])
            else:
                await asyncio.sleep(WAIT)
        raise StoreError("another process holds the audit chain")

    def _chained(self, entries: tuple[Entry, ...]) -> list[Record]:
        records: list[Record] = []
        last = _read_head(self._head)
        for entry in entries:
            records.append(chain(last.seq + 1, last.mac, entry.body(), self._key))
            last = Head(records[-1].seq, records[-1].mac)
        return records

    async def _send(self, step: Step, records: list[Record]) -> list[object]:
        document = {
            "guards": [{"ask": guard.ask, "expect": guard.expect} for guard in step.guards],
            "writes": step.writes,
            "records": [
                {"seq": str(r.seq), "body": r.body, "key": r.key_id, "mac": r.mac} for r in records
            ],
            "head": self._head,
            "next": _written(records[-1]),
        }
        answer: list[object] = await self._script(
            keys=[HEAD, STREAM, TURN], args=[json.dumps(document), self._name, str(TURN_MS)]
        )
        return answer

    async def _stands(self, record: Record) -> bool:
        """Whether a record whose answer was lost is in the chain after all."""
        found = await self._store.stream(STREAM, f"{record.seq}-0", f"{record.seq}-0", 1)
        return any(fields["mac"] == record.mac for _, fields in found)

    async def head(self) -> Head:
        """Where the chain ends now."""
        return _read_head(await self._store.text("GET", HEAD) or "")

    async def records(self) -> AsyncIterator[Record]:
        """Every record, from the first."""
        start = "-"
        while found := await self._store.stream(STREAM, start, "+", PAGE):
            for place, fields in found:
                seq = int(place.split("-")[0])
                yield Record(seq, fields["body"], fields["key"], fields["mac"])
            start = f"({found[-1][0]}"


def _written(record: Record) -> str:
    return f"{record.seq}:{record.mac}"


def _read_head(text: str) -> Head:
    if not text:
        return Head()
    seq, mac = text.split(":")
    return Head(int(seq), mac)
