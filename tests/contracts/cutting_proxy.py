"""A socket in front of another, which cuts the connection at the worst time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Final

CHUNK: Final = 65_536


class Cut(Enum):
    """When a connection is cut.

    REQUEST: before the request is carried out, which never happens. ANSWER: after it was.
    LATE: before it is carried out, which happens only when it is sent again, as by a server that
    was busy with something else.
    """

    REQUEST = auto()
    ANSWER = auto()
    LATE = auto()


class CuttingProxy:
    """Forwards everything; each of `cuts` cuts one connection, and None lets one request pass."""

    def __init__(self, upstream: Path, socket: Path) -> None:
        self.socket = socket
        self.cuts: list[Cut | None] = []
        self._upstream = upstream
        self._late: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one client's requests, one at a time."""
        far_reader, far_writer = await asyncio.open_unix_connection(self._upstream)
        try:
            while request := await reader.read(CHUNK):
                cut = self.cuts.pop(0) if self.cuts else None
                if cut is Cut.REQUEST:
                    return
                if cut is Cut.LATE:
                    self._late.append(request)
                    return
                if self._late and _command(request) == _command(self._late[0]):
                    far_writer.write(self._late.pop())
                    await far_reader.read(CHUNK)
                far_writer.write(request)
                answer = await far_reader.read(CHUNK)
                if cut is Cut.ANSWER:
                    return
                writer.write(answer)
        finally:
            far_writer.close()
            writer.close()


def _command(request: bytes) -> bytes:
    """Read the name of a request's command: the third line of the protocol."""
    return request.split(b"\r\n")[2]


@asynccontextmanager
async def cutting(upstream: Path, socket: Path) -> AsyncIterator[CuttingProxy]:
    """Run a proxy on the socket."""
    proxy = CuttingProxy(upstream, socket)
    server = await asyncio.start_unix_server(proxy.serve, socket)
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
