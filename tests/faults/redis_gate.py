"""A proxy between the bot and Redis that reports each step of the story to the watch."""

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
"""Steps outside the ledger; each happens many times under one name."""
RAN: Final = b"applied"
"""The ledger answers this when it commits a step; it also refuses steps that are too late."""


async def read_command(reader: asyncio.StreamReader) -> tuple[list[str], bytes]:
    """Read one command of the Redis protocol: its parts, and its raw bytes."""
    raw = head = await reader.readuntil(b"\r\n")
    parts = []
    for _ in range(int(head[1:])):
        size = await reader.readuntil(b"\r\n")
        part = await reader.readexactly(int(size[1:]) + 2)
        raw += size + part
        parts.append(part[:-2].decode())
    return parts, raw


def steps_of(parts: Sequence[str]) -> list[str]:
    """Name the steps of one command; a command that only reads, locks or waits has none."""
    match parts:
        case ["EVALSHA" | "EVAL", _, keys, "{keysmith}:audit-head", *_]:
            return [_of_ledger(body) for body in _first_bodies(parts[10 + int(keys) :])]
        case ["HSET", key, "card", *_] if ":request:" in key:
            return ["place card"]
        case ["XACK", key, *_]:
            return [f"forget {key.partition(':')[2]}"]
        case _:
            return []


def _first_bodies(steps: Sequence[str]) -> Iterator[str]:
    """Give the first entry of each step: a plan, then number, body and MAC of each audit entry."""
    while steps:
        plan, _, body, *_ = steps
        yield body
        steps = steps[1 + 3 * json.loads(plan)[3] :]


def _of_ledger(body: str) -> str:
    """Name a step by its audit entry: event and action, or the event that moves a request."""
    entry = json.loads(body)
    moved = entry["deed"] == "moved"
    detail = entry["detail"].strip() if moved else entry["action"]
    return f"{entry['deed']} {detail}"


@dataclass
class RedisGate:
    """Forwards all traffic; the watch may stop it."""

    watch: Watch
    upstream: Path
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one client's commands until either end closes."""
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self.upstream)
        except OSError:
            writer.close()
            return
        self.open |= {writer, far_writer}
        connection = _Connection(self.watch, reader, writer, far_reader, far_writer)
        try:
            await connection.forward()
        finally:
            for end in (writer, far_writer):
                end.transport.abort()
                self.open.discard(end)

    def hang_up(self) -> None:
        """Cut every connection, as a dying server does."""
        for end in list(self.open):
            end.transport.abort()


@dataclass
class _Connection:
    """Both ends of one connection."""

    watch: Watch
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    far_reader: asyncio.StreamReader
    far_writer: asyncio.StreamWriter
    in_flight: list[str] = field(default_factory=list)

    async def forward(self) -> None:
        """Forward in both directions until one of them ends."""
        tasks = [asyncio.create_task(each) for each in (self._commands(), self._answers())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _commands(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError, Crashed):
            while True:
                parts, raw = await read_command(self.reader)
                kinds = steps_of(parts)
                for kind in kinds:
                    await self.watch.before(self.watch.name(kind))
                self.in_flight += kinds
                self.far_writer.write(raw)
                await self.far_writer.drain()

    async def _answers(self) -> None:
        with contextlib.suppress(OSError, Crashed):
            while answer := await self.far_reader.read(CHUNK):
                kinds, self.in_flight = self.in_flight, []
                for kind in kinds:
                    await self._answered(kind, answer)
                self.writer.write(answer)
                await self.writer.drain()

    async def _answered(self, kind: str, answer: bytes) -> None:
        """Report a step; the bot repeats one that the ledger refuses, under the same name."""
        plain = kind.startswith(PLAIN)
        if plain or RAN in answer:
            step = self.watch.name(kind)
            if not plain:
                self.watch.count(kind)
            await self.watch.after(step)


@asynccontextmanager
async def gated(watch: Watch, upstream: Path, socket: Path) -> AsyncIterator[RedisGate]:
    """Run a gate on this socket."""
    gate = RedisGate(watch, upstream)
    server = await asyncio.start_unix_server(gate.serve, socket)
    try:
        yield gate
    finally:
        server.close()
        gate.hang_up()
        await server.wait_closed()
