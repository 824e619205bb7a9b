"""What this process knows of history, and the halt that every process shares.

A look compares Redis with what was seen before (`bot.domain.history`). Where history went back, the
process that notices it first stores the halt, and every process, also one that starts later, does
nothing more. `keysmith recover` alone removes the halt. A halt that was removed by hand comes back
with the next look of a process that remembers.

What is remembered may be archived by now: then the log continues it only if it goes on from the
base that it names itself, and that one is not before it (`bot.adapters.redis.base`).

What is remembered changes only to a later state: a look that was overtaken by a commit of this
process changes nothing. A halt that Redis did not take is not kept either: a server that lags
behind, such as a replica that was a primary a moment ago, can't be written to.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from bot.adapters.keyring import Keyring
from bot.adapters.redis.base import archived_behind
from bot.adapters.redis.marks import Marks
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD, EPOCH, HALT_TOLD, HALTED
from bot.adapters.redis.steps import Write, set_
from bot.adapters.redis.store import Store, as_items
from bot.domain.audit import ChainKey, Head
from bot.domain.history import Epoch, Halt, Seen, is_recovery, went_back
from bot.errors import Halted

_log = structlog.get_logger("keysmith.history")

TELL_WITHIN: Final = 60  # seconds for the process that tells security; then another one may
Task = Callable[[], Awaitable[Sequence[Exception]]]

THEN: Final = "restore a backup if there is one, and run `keysmith recover`: docs/backup.md"
UNREADABLE: Final = "Redis says that Keysmith is halted"


class History:
    """The history of one Redis; one for each process."""

    def __init__(self, store: Store, keyring: Keyring, *, recovering: bool = False) -> None:
        """`recovering` is for the recovery, which a halt does not stop."""
        self._store = store
        self._keyring = keyring
        self.marks = Marks(store, keyring)
        self.recovering = recovering
        self.seen: Seen | None = None
        self._first: Epoch | None = None
        self.reason = ""
        self.on_recovery: Callable[[], None] = lambda: None
        self._name = secrets.token_hex(8)

    def first(self, key: ChainKey) -> Epoch:
        """Return the epoch that this process would begin; it is signed once, by the first key."""
        self._first = self._first or Epoch.new(1, key)
        return self._first

    @property
    def epoch(self) -> Epoch:
        """The epoch that this process has seen."""
        return self.seen.epoch if self.seen else Epoch()

    def remember(self, seen: Seen | None) -> None:
        """Start with what a former process of this machine saw."""
        self.seen = seen

    def committed(self, head: Head) -> None:
        """Remember a step of this process, which continued what was seen."""
        begun = self.epoch if self.epoch.name or self.recovering else self._first
        self.seen = Seen(head, begun or Epoch())

    async def check(self) -> None:
        """Look, and raise `Halted` unless changes may begin. May raise `StoreError`."""
        if await self.look():
            raise Halted(self.reason)

    def may(self) -> bool:
        """Whether changes may begin, by the last look."""
        return not self.reason

    def guard(self, task: Task) -> Task:
        """Wrap a repeated task, which does nothing while Keysmith is halted."""

        async def guarded() -> Sequence[Exception]:
            return () if await self.look() else await task()

        return guarded

    async def look(self) -> str:
        """Compare Redis with what was seen; returns why Keysmith is halted, or nothing.

        Raises:
            StoreError: Redis did not answer.

        """
        for _ in range(2):  # what a first look finds has to be confirmed by a second one
            before = self.seen
            halted, found, mac = await self._read(before)
            if self.recovering:
                self.seen = found
                return ""
            back, recovered = await self._judge(before, found, mac)
            if halted or recovered or not back:
                break
        if back and not recovered:
            await self._halt(Halt(back, before or Seen(), datetime.now(UTC)), halted)
        self._conclude(halted.reason if halted else "" if recovered else back)
        if not self.reason and self.seen is before:
            self.seen = found
            if recovered:
                self.on_recovery()
        return self.reason

    async def behind(self) -> str:
        """Say why Redis may lack what was seen, or nothing. Raises as `look`, and halts nothing."""
        halted, found, mac = await self._read(self.seen)
        back, recovered = await self._judge(self.seen, found, mac)
        return halted.reason if halted else "" if recovered else back

    async def recovered_since(self, before: Seen) -> bool:
        """Whether an operator recovered the history after this was seen. Raises as `look`."""
        _, found, mac = await self._read(before)
        return (await self._judge(before, found, mac))[1]

    async def _judge(self, before: Seen | None, found: Seen, mac: str) -> tuple[str, bool]:
        """Say how history went back, and whether a recovery explains it."""
        back = went_back(before, found, mac) if before else ""
        trusted = await self._trusted(found) if back else ()
        return back, before is not None and is_recovery(before, found, trusted)

    def _conclude(self, reason: str) -> None:
        if reason and not self.reason:
            _log.error("history_went_back", reason=reason)
        elif self.reason and not reason:
            _log.info("history_recovered")
        self.reason = reason

    async def _read(self, before: Seen | None) -> tuple[Halt | None, Seen, str]:
        place = f"{before.head.seq if before else 0}-0"
        halted, epoch, head, records = await self._store.many(
            ("GET", HALTED), ("GET", EPOCH), ("GET", AUDIT_HEAD), ("XRANGE", AUDIT, place, place)
        )
        seq, _, mac = str(head or "").partition(":")
        found = Seen(Head(int(seq), mac) if seq else Head(), Epoch.parse(str(epoch or "")))
        items = as_items(records)
        there = items[0][1].get("mac", "") if items else ""
        if before and not there and await self._is_archived(before.head):
            there = before.head.mac
        halt = None if halted is None else _read_halt(str(halted))
        return halt, found, there

    async def _is_archived(self, head: Head) -> bool:
        """Whether that head was trimmed; the whole log is read only where all else says so."""
        base = await archived_behind(self._store, head, self._keyring.chain.values())
        return bool(base) and (await self.marks.base()).proof == base

    async def _trusted(self, found: Seen) -> Sequence[ChainKey]:
        """List the keys that may have begun an epoch: none is older than that of the last entry."""
        place, keys = f"{found.head.seq}-0", list(self._keyring.chain.values())
        for _, fields in await self._store.stream(AUDIT, place, place, 1):
            if fields.get("key") in self._keyring.ids:
                return keys[: self._keyring.ids.index(fields["key"]) + 1]
        return ()

    async def _halt(self, halt: Halt, stored: Halt | None) -> None:
        """Store the halt, with the newest head that any process saw."""
        if stored is None:
            await self._store.call("SET", HALTED, str(halt), "NX")
        elif halt.seen.head.seq > stored.seen.head.seq:
            await self._store.call("SET", HALTED, str(halt), "XX")

    async def proven_again(self, former: ChainKey | None, key: ChainKey) -> tuple[Write, ...]:
        """Prove the epoch under the next signing key, if the former one did. Raises as `check`."""
        await self.check()
        known = former and self.epoch.name and self.epoch.proven([former])
        return (set_(EPOCH, str(self.epoch.under(key))),) if known else ()

    async def halted(self) -> str | None:
        """Say why Keysmith is halted and what to do, or nothing; raises as `look`."""
        reason = await self.look()
        return f"halted: {reason}; {THEN}" if reason else None

    async def halt(self) -> Halt | None:
        """Read the stored halt. May raise `StoreError`."""
        found = await self._store.text("GET", HALTED)
        return None if found is None else _read_halt(found)

    async def stop(self, reason: str) -> None:
        """Halt every process for a recovery, unless they are halted. May raise `StoreError`."""
        await self._halt(Halt(reason, self.seen or Seen(), datetime.now(UTC)), None)

    async def may_tell(self) -> bool:
        """Whether this process is to tell security of the halt. May raise `StoreError`."""
        turn = ("NX", "EX", str(TELL_WITHIN))
        return await self._store.text("SET", HALT_TOLD, self._name, *turn) is not None

    async def told(self) -> None:
        """Keep that security was told. May raise `StoreError`."""
        await self._store.call("SET", HALT_TOLD, self._name, "XX")


def _read_halt(text: str) -> Halt:
    try:
        found = Halt.parse(text)
        return replace(found, reason=found.reason or UNREADABLE)
    except (ValueError, KeyError, TypeError):
        return Halt(UNREADABLE, Seen(), datetime.now(UTC))
