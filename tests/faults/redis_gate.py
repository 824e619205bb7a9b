"""A socket between the bot and its Redis, which knows the writes that make a story's steps."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.faults.watch import Crashed, Watch

CHUNK: Final = 65_536
PLAIN: Final = ("place", "forget")
"""Steps outside of the ledger; each happens many times, and the first stands for all."""
RAN: Final = b"applied"
"""In the ledger's answer, where a step was carried out: it did not lose, nor come too late."""


async def read_command(reader: asyncio.StreamReader) -> tuple[list[str], bytes]:
    """Read one command as the protocol writes it: its parts, and the bytes themselves."""
    raw = head = await reader.readuntil(b"\r\n")
    parts = []
    for _ in range(int(head[1:])):
        size = await reader.readuntil(b"\r\n")
        part = await reader.readexactly(int(size[1:]) + 2)
        raw += size + part
        parts.append(part[:-2].decode())
    return parts, raw


def steps_of(parts: Sequence[str]) -> list[str]:
    """Name the steps in one command; none in a command that only reads, locks or waits."""
    match parts:
        case ["EVALSHA" | "EVAL", _, keys, "{keysmith}:audit-head", *_]:
            return [_of_ledger(body) for body in _first_bodies(parts[7 + int(keys) :])]
        case ["HSET", key, "card", *_] if ":request:" in key:
            return ["place card"]
        case ["XACK", key, *_]:
            return [f"forget {key.partition(':')[2]}"]
        case _:
            return []


def _first_bodies(steps: Sequence[str]) -> Iterator[str]:
    """The first record's body of each step: a plan, then number, body and mac of each record."""
    while steps:
        plan, _, body, *_ = steps
        yield body
        steps = steps[1 + 3 * json.loads(plan)[3] :]


def _of_ledger(body: str) -> str:
    """Name a step by its entry: event and action, and of a request's move the event."""
    entry = json.loads(body)
    moved = entry["deed"] == "moved"
    detail = entry["detail"].strip() if moved else entry["action"]
    return f"{entry['deed']} {detail}"


@dataclass
class RedisGate:
    """Passes everything on, and lets the watch stop it."""

    watch: Watch
    upstream: Path
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one client's commands; whichever end hangs up ends both."""
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self.upstream)
        except OSError:
            writer.close()
            return
        self.open |= {writer, far_writer}
        line = _Line(self.watch, reader, writer, far_reader, far_writer)
        try:
            await line.carry()
        finally:
            for end in (writer, far_writer):
                end.transport.abort()
                self.open.discard(end)

    def hang_up(self) -> None:
        """Cut every line, as a server that dies does."""
        for end in list(self.open):
            end.transport.abort()


@dataclass
class _Line:
    """One connection, both ends of it."""

    watch: Watch
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    far_reader: asyncio.StreamReader
    far_writer: asyncio.StreamWriter
    under_way: list[str] = field(default_factory=list)

    async def carry(self) -> None:
        """Until one direction ends."""
        ways = [asyncio.create_task(way) for way in (self._there(), self._back())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)

    async def _there(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError, Crashed):
            while True:
                parts, raw = await read_command(self.reader)
                kinds = steps_of(parts)
                for kind in kinds:
                    await self.watch.before(self.watch.name(kind))
                self.under_way += kinds
                self.far_writer.write(raw)
                await self.far_writer.drain()

    async def _back(self) -> None:
        with contextlib.suppress(OSError, Crashed):
            while answer := await self.far_reader.read(CHUNK):
                kinds, self.under_way = self.under_way, []
                for kind in kinds:
                    await self._happened(kind, answer)
                self.writer.write(answer)
                await self.writer.drain()

    async def _happened(self, kind: str, answer: bytes) -> None:
        """A step of the ledger that was refused is sent again, and is the same step still."""
        plain = kind.startswith(PLAIN)
        if plain or RAN in answer:
            step = self.watch.name(kind)
            if not plain:
                self.watch.count(kind)
            await self.watch.after(step)


@asynccontextmanager
async def gated(watch: Watch, upstream: Path, socket: Path) -> AsyncIterator[RedisGate]:
    """Run a gate on a socket of its own."""
    gate = RedisGate(watch, upstream)
    server = await asyncio.start_unix_server(gate.serve, socket)
    try:
        yield gate
    finally:
        server.close()
        gate.hang_up()
        await server.wait_closed()
