"""One atomic step in Redis: guards, writes, and the audit entries for them.

Every store goes through `Ledger.commit`, so that no state changes without its entry and no entry
is in the log without its state. A guard that fails decides a race; its losers change nothing.

A step is queued -> sent, chained behind the head that this process knows -> applied, lost or
refused. The script (`ledger.lua` lists its own rules) decides a whole batch in one call. What may
happen to a sent batch, and what this class does then:

- Another process was faster: the script answers `behind` and the new head, and keeps the others
  away for `TURN_MS`; the same steps are chained again. It answers `wait` to those others.
- Another key signs than the one that this process uses: the script answers `retired`. The steps are
  chained again under the key that Redis names, or are errors where this process lacks it.
- A step is lost or refused: those behind it were chained to records that will never exist, and are
  chained again. A refused step is an error for its own caller alone.
- The connection is cut: the batch happened, or did not, or happens later (a server that is busy may
  carry a command out after its client has gone). The steps whose records are in the stream are
  applied, even if others extended the chain since. The rest is sent again behind the same head,
  where the script accepts one of the two copies: after one of them the head is another. A second
  cut is an error for all that have no answer yet: whether they happened is not known.
- History went back, or another process noticed it (`bot.adapters.redis.history`): an error for all.
  The script refuses a caller that knows another epoch, so nothing is chained to a lost past.
- The server is no master any more: it says so instead of carrying the batch out, and its connection
  is dropped (`connection.py`). That is a cut connection too; the new master's log decides.
- This process dies: each step of a batch that was sent happens whole or not at all, one that was
  queued does not. Neither caller has an answer.

A step that has to be `replicated` is answered when the replicas have the head that this process
knows by then: its own record, or a later one behind it. A head that is not known proves nothing.

Invariants: `_head` is a head that the chain once had, or empty; one task at a time sends; every
caller gets exactly one answer.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.adapters.keyring import Keyring
from bot.adapters.redis.chain import read_head, read_records
from bot.adapters.redis.entries import marked
from bot.adapters.redis.faults import in_words
from bot.adapters.redis.history import History
from bot.adapters.redis.names import (
    AUDIT,
    AUDIT_HEAD,
    AUDIT_TURN,
    EPOCH,
    HALTED,
    NOTICES,
    ROLLED_TO,
    SIGNING,
)
from bot.adapters.redis.plans import planned
from bot.adapters.redis.replicas import Replicas
from bot.adapters.redis.signing import Signing
from bot.adapters.redis.steps import Applied, Guard, Lost, Step, Write, equals, set_, xadd
from bot.adapters.redis.store import Store
from bot.domain.audit import ChainKey, Entry, Head, Record, chain
from bot.errors import StoreError, Unread

TURN_MS: Final = 200  # how long a process that came too late has the chain alone: many round trips
WAIT: Final = 0.002  # seconds between tries while another process has its turn: about a round trip
TRIES: Final = 1000  # of one commit: at least two seconds of other processes' turns
BATCH: Final = 64  # steps in one call: about a millisecond of Redis's time

_SCRIPT: Final = Path(__file__).with_suffix(".lua").read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Waiting:
    """A queued step, as the script takes it, and the future of its caller."""

    step: Step
    keys: tuple[bytes, ...]
    plan: bytes
    answer: "asyncio.Future[Applied | Lost]"


_Chained = tuple[_Waiting, list[Record]]
"""A step, and its records behind the known head."""


class Ledger:
    """Commits steps; one for each process, any number of processes.

    Steps that come during a call go together in the next one, each decided by itself: a step that
    loses costs those behind it one more call, and nothing else.
    """

    def __init__(
        self,
        redis: Redis,
        store: Store,
        keys: Keyring | ChainKey,
        replicas: int = 0,
        recorded: Callable[[Entry], None] = lambda _: None,
        history: History | None = None,
    ) -> None:
        self.keyring = keys if isinstance(keys, Keyring) else Keyring([keys.secret])
        self.history = history or History(store, self.keyring)
        self.marks = self.history.marks
        self.signing = Signing(store, self.keyring, self.marks)
        self._redis = redis
        self._store = store
        self._replicas = Replicas(redis, replicas)
        self._recorded = recorded
        self._script = redis.register_script(_SCRIPT)
        self._head = ""
        self._name = secrets.token_hex(8)
        self._queue: deque[_Waiting] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def write(
        self, entry: Entry, writes: tuple[Write, ...], *guards: Guard, replicated: bool = False
    ) -> bool:
        """Commit a step of one entry; False where a guard did not hold. Raises as `commit`."""
        step = Step((entry,), writes, guards, replicated=replicated)
        return isinstance(await self.commit(step), Applied)

    async def commit(self, step: Step) -> Applied | Lost:
        """Commit one step; a caller that is cancelled does not undo it.

        Raises:
            Halted: history went back; the step did not happen.
            KeyMissing: this process lacks the key that signs now; nothing was stored.
            StoreError: Redis did not answer, and whether the step happened is not known; or it
                can't happen, because a key has another type than it needs.
            NotReplicated: the step is decided, and too few replicas have it; or, where it lost,
                what it lost to.
            ValueError: Redis can't keep one of the texts.

        """
        step = marked(step)
        waiting = _Waiting(step, *planned(step), asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())
        verdict = await asyncio.shield(waiting.answer)
        if isinstance(verdict, Applied):
            for entry in step.entries:
                self._recorded(entry)
        if step.replicated:  # by its caller, so that the steps behind it need not wait
            await self._replicas.have(read_head(self._head))
        return verdict

    async def _send_all(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            try:
                await self._decide_all(batch)
            except Exception as error:  # noqa: BLE001  # whatever it is, no caller may wait for ever
                self._head = ""
                for waiting in batch:
                    _fail(waiting, error)

    async def _decide_all(self, batch: list[_Waiting]) -> None:
        """Send until every step of the batch is decided."""
        left, cut = batch, list[_Chained]()
        if self.keyring.fault:
            await self.signing.look()
        for _ in range(TRIES):
            if not left:  # a task that sends on would outlive the callers, who have their answers
                return
            chained = self._chained(left)
            try:
                verdict, *answers = await self._send(chained)
            except (RedisConnectionError, RedisTimeoutError):
                if cut:
                    raise
                cut = chained
                left = await self._not_applied(cut)
                continue
            if verdict == "ran":
                left = self._ran(chained, answers)
            elif verdict == "behind":
                self._head = str(answers[0])
                await self.history.check()
                left = await self._not_applied(cut) if cut else left
            elif verdict == "halted":
                await self.history.check()
            elif verdict == "retired":
                await self.history.check()  # else a Redis that lost the name gets a new one
                left = await self._not_applied(cut) if cut else left
                await self.signing.look()
            else:
                await asyncio.sleep(WAIT)
        raise StoreError("another process holds the audit chain")

    def _ran(self, chained: list[_Chained], answers: list[object]) -> list[_Waiting]:
        """Answer the steps that were decided; returns those behind a step that did not happen."""
        for (waiting, records), answer in zip(chained, answers, strict=False):
            match answer:
                case ["applied"]:
                    last = Head(records[-1].seq, records[-1].mac)
                    self._head = f"{last.seq}:{last.mac}"
                    self.history.committed(last)
                    _answer(waiting, Applied())
                case ["lost", place]:
                    _answer(waiting, Lost(int(str(place)) - 1))
                case _:
                    _fail(waiting, StoreError(f"refused: {answer}"))
        return [waiting for waiting, _ in chained[len(answers) :]]

    async def _not_applied(self, chained: list[_Chained]) -> list[_Waiting]:
        """After a cut connection: answer the steps that happened all the same, return the rest."""
        left = []
        for waiting, (*_, last) in chained:
            if waiting.answer.done():
                continue
            found = await self._store.stream(AUDIT, f"{last.seq}-0", f"{last.seq}-0", 1)
            if any(fields["mac"] == last.mac for _, fields in found):
                _answer(waiting, Applied())
            else:
                left.append(waiting)
        return left

    def _chained(self, batch: list[_Waiting]) -> list[_Chained]:
        chained, last, key = [], read_head(self._head), self.keyring.signer
        for waiting in batch:
            records = []
            for entry in waiting.step.entries:
                record = chain(last.seq + 1, last.mac, entry.body(), key)
                records.append(record)
                last = Head(record.seq, record.mac)
            chained.append((waiting, records))
        return chained

    async def _send(self, chained: list[_Chained]) -> list[object]:
        keys: list[str | bytes] = [AUDIT_HEAD, AUDIT, AUDIT_TURN, SIGNING, EPOCH, HALTED]
        signer, expected = self.keyring.signer.id, str(self.keyring.expected)
        arguments: list[str | bytes] = [self._head, self._name, str(TURN_MS), signer, expected]
        first = "" if self.history.recovering else str(self.history.first(self.keyring.signer))
        arguments += [str(self.history.epoch), first]
        for waiting, records in chained:
            keys += waiting.keys
            arguments.append(waiting.plan)
            for record in records:
                arguments += (str(record.seq), record.body, record.mac)
        answer: list[object] = await self._script(keys=keys, args=arguments)
        return answer

    async def head(self) -> Head:
        """Read where the chain ends now."""
        return read_head(await self._store.text("GET", AUDIT_HEAD) or "")

    async def rotate(self, entry: Entry, notice: str) -> bool:
        """Let the newest key sign from now on, and tell security: one step, signed by that key.

        False where Redis names another signing key than this process knew. Raises as `commit`.
        """
        keyring, signs = self.keyring.next(), self.keyring.signs
        former = self.keyring.chain.get(signs.key_id) if signs else None
        entry = replace(entry, target={**entry.target, ROLLED_TO: str(keyring.signs)})
        told = xadd(NOTICES, {"text": notice, "by": ""})
        proven = await self.history.proven_again(former, keyring.signer)
        writes, same = (set_(SIGNING, str(keyring.signs)), told, *proven), str(keyring.expected)
        ledger = Ledger(self._redis, self._store, keyring, history=self.history)
        return await ledger.write(entry, writes, equals(SIGNING, same))

    async def records(self, after: int = 0) -> AsyncIterator[Record]:
        """Read every record that is there behind the one with that number."""
        async for record in read_records(self._store, after):
            yield record


def _answer(waiting: _Waiting, verdict: Applied | Lost) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(verdict)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        if isinstance(error, StoreError):
            failure = type(error)(str(error))
            if isinstance(error, Unread) and isinstance(failure, Unread):
                failure.lacks = error.lacks
        else:
            told = in_words(error) if isinstance(error, RedisError) else type(error).__name__
            failure = StoreError(told)
        failure.__cause__ = error
        waiting.answer.set_exception(failure)
        waiting.answer.exception()  # marked as seen, in case its caller has gone
