"""One atomic step in Redis: guards, writes, and the audit entries that tell of them.

Every store goes through `Ledger.commit`, so that no state changes without its entry and no entry
stands without its state. A guard that fails decides a race; its losers change nothing.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.adapters.redis_steps import Applied, Lost, Step
from bot.adapters.redis_store import PREFIX, Store
from bot.domain.audit import ChainKey, Head, Record, chain
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
BATCH: Final = 64
"""Steps in one call: about a millisecond of Redis's time."""
PAGE: Final = 500
"""Audit records read at a time."""

_SCRIPT: Final = Path(__file__).with_suffix(".lua").read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Waiting:
    """A step on its way, and who waits for it."""

    step: Step
    answer: "asyncio.Future[Applied | Lost]"


@dataclass(frozen=True)
class _Chained:
    """A step with its records, in their places behind the head that is known."""

    waiting: _Waiting
    records: tuple[Record, ...]


class Ledger:
    """Commits steps; one for each process, any number of processes.

    Steps that come while others are under way go together in the next call, each decided by
    itself: a step that loses costs those behind it one more call, and nothing else.
    """

    def __init__(self, redis: Redis, store: Store, key: ChainKey) -> None:
        self._store = store
        self._key = key
        self._script = redis.register_script(_SCRIPT)
        self._head = ""
        self._name = secrets.token_hex(8)
        self._queue: deque[_Waiting] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def commit(self, step: Step) -> Applied | Lost:
        """Take one step; giving up waiting for it does not take it back.

        Raises:
            StoreError: Redis did not answer; whether the step happened is not known.

        """
        waiting = _Waiting(step, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())
        return await asyncio.shield(waiting.answer)

    async def _send_all(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            try:
                await self._settle(batch)
            except Exception as error:  # noqa: BLE001  # whatever it is, nobody may wait for ever
                self._head = ""
                for waiting in batch:
                    _fail(waiting, error)

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Send until every step of the batch is decided."""
        left, cut = batch, list[_Chained]()
        for _ in range(TRIES):
            chained = self._chained(left)
            try:
                verdict, *answers = await self._send(chained)
            except (RedisConnectionError, RedisTimeoutError):
                if cut:
                    raise
                cut = chained
                left = await self._not_standing(cut)
                continue
            if verdict == "ran":
                left = self._ran(chained, answers)
            elif verdict == "behind":
                self._head = str(answers[0])
                left = await self._not_standing(cut) if cut else left
            else:
                await asyncio.sleep(WAIT)
            if not left:
                return
        raise StoreError("another process holds the audit chain")

    def _ran(self, chained: list[_Chained], answers: list[object]) -> list[_Waiting]:
        """Tell those that were decided; gives those behind a step that lost."""
        for each, answer in zip(chained, answers, strict=False):
            verdict, *rest = answer if isinstance(answer, list) else [answer]
            if verdict == "applied":
                self._head = _written(each.records[-1])
                _tell(each.waiting, Applied(tuple(rest)))
            else:
                _tell(each.waiting, Lost(int(str(rest[0])) - 1))
        return [each.waiting for each in chained[len(answers) :]]

    async def _not_standing(self, chained: list[_Chained]) -> list[_Waiting]:
        """After a cut connection: tell those that happened all the same, give the others."""
        left = []
        for each in chained:
            if each.waiting.answer.done():
                continue
            if await self._stands(each.records[-1]):
                _tell(each.waiting, Applied(()))
            else:
                left.append(each.waiting)
        return left

    def _chained(self, batch: list[_Waiting]) -> list[_Chained]:
        chained, last = [], _read_head(self._head)
        for waiting in batch:
            records = []
            for entry in waiting.step.entries:
                record = chain(last.seq + 1, last.mac, entry.body(), self._key)
                records.append(record)
                last = Head(record.seq, record.mac)
            chained.append(_Chained(waiting, tuple(records)))
        return chained

    async def _send(self, chained: list[_Chained]) -> list[object]:
        document = {"head": self._head, "steps": [_document(each) for each in chained]}
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


def _document(each: _Chained) -> dict[str, object]:
    step = each.waiting.step
    return {
        "guards": [(guard.ask, guard.expect) for guard in step.guards],
        "writes": step.writes,
        "records": [(str(r.seq), r.body, r.key_id, r.mac) for r in each.records],
        "next": _written(each.records[-1]),
    }


def _tell(waiting: _Waiting, verdict: Applied | Lost) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(verdict)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        failure = StoreError(type(error).__name__)
        failure.__cause__ = error
        waiting.answer.set_exception(failure)
        waiting.answer.exception()  # seen, also where nobody waits any more


def _written(record: Record) -> str:
    return f"{record.seq}:{record.mac}"


def _read_head(text: str) -> Head:
    if not text:
        return Head()
    seq, mac = text.split(":")
    return Head(int(seq), mac)
