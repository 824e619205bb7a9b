"""Which processes run, and which keys they can read: each announces itself, and expires.

It decides nothing alone: a process that `keys rotate` did not see is refused by the ledger.
"""

import json
import os
import secrets
import socket
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from bot import VERSION
from bot.adapters.redis import names
from bot.adapters.redis.records import NOT_READ
from bot.adapters.redis.store import Store
from bot.errors import StoreError

SEEN_FOR: Final = 30  # seconds without an announcement after which a process counts as gone
ANNOUNCE_EVERY: Final = 10.0  # seconds between two announcements
COUNT: Final = "1000"  # keys that one SCAN looks at
FORMER_SIGN: Final = "1"  # a worker's sign of life, as a version without announcements gives it


@dataclass(frozen=True)
class Running:
    """A running process: what it does, where, and the ids of the keys that it can read."""

    parts: str
    host: str
    pid: int
    version: str
    keys: tuple[str, ...]
    started: str

    def __str__(self) -> str:
        """Name it for a person who looks for it."""
        return f"{self.parts} on {self.host}, process {self.pid}, version {self.version}"


class Presence:
    """The announcement of this process, and of its work where it runs jobs."""

    def __init__(self, store: Store, running: Running, *, works: bool) -> None:
        self._store = store
        self._works = works
        self._key = names.process(secrets.token_hex(8))
        self._text = json.dumps(asdict(running))

    async def announce(self) -> None:
        """Announce it for a while. May raise `StoreError`."""
        await self._store.call("SET", self._key, self._text, "EX", str(SEEN_FOR))
        if self._works:
            await self._store.call("SET", names.WORKING, "1", "EX", str(SEEN_FOR))

    async def leave(self) -> None:
        """Take the announcement back. May raise `StoreError`."""
        await self._store.call("DEL", self._key)


def this_process(parts: str, keys: tuple[str, ...], at: datetime) -> Running:
    """Describe this process."""
    return Running(parts, socket.gethostname(), os.getpid(), VERSION, keys, at.isoformat())


async def running(store: Store) -> list[Running]:
    """List the processes that run. May raise `StoreError`."""
    found = [text async for text in _values(store, names.process("*"))]
    return sorted(map(_read, found), key=lambda each: (each.host, each.pid))


async def former_workers(store: Store) -> int:
    """Count the queue readers of a version that announces nothing. May raise `StoreError`."""
    return sum([1 async for text in _values(store, names.alive("*")) if text == FORMER_SIGN])


async def former_readers(store: Store) -> bool:
    """Whether such a worker reads jobs now: the same for a user that may not SCAN."""
    try:
        found = await store.call("XINFO CONSUMERS", names.JOBS, names.WORKERS)
    except StoreError:
        return False  # no worker has ever read
    readers = [str(each["name"]) for each in found] if isinstance(found, list) else []
    signs = await store.many(*(("GET", names.alive(each)) for each in readers))
    return FORMER_SIGN in signs


def _read(text: str) -> Running:
    """Read an announcement; one of another version counts as a process that reads no key."""
    try:
        found = json.loads(text)
        known = {name: found[name] for name in Running.__dataclass_fields__}
        return Running(**known | {"keys": tuple(map(str, found["keys"])), "pid": int(found["pid"])})
    except NOT_READ:
        return Running("a process", "unknown", 0, "unknown", (), "")


async def _values(store: Store, pattern: str) -> AsyncIterator[str]:
    async for key in scan(store, pattern):
        value = await store.text("GET", key)
        if value is not None:
            yield value


async def scan(store: Store, pattern: str) -> AsyncIterator[str]:
    """List the keys that match. May raise `StoreError`."""
    cursor = "0"
    while True:
        answer = await store.call("SCAN", cursor, "MATCH", pattern, "COUNT", COUNT)
        assert isinstance(answer, list | tuple)  # noqa: S101  # what SCAN answers, for the checker
        cursor = str(answer[0])
        for key in answer[1]:
            yield str(key)
        if cursor == "0":
            return
