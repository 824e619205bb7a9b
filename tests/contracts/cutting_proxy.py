"""A socket in front of another, which cuts the line at the worst moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Final

CHUNK: Final = 65_536


class Cut(Enum):
    """When a line is cut: as a request comes in, or when it was carried out."""

    REQUEST = auto()
    ANSWER = auto()


class CuttingProxy:
    """Passes everything on, but for what stands in `cuts`: each cuts one line."""

    def __init__(self, upstream: Path) -> None:
        self.cuts: list[Cut] = []
        self._upstream = upstream

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one client's requests, one at a time."""
        far_reader, far_writer = await asyncio.open_unix_connection(self._upstream)
        try:
            while request := await reader.read(CHUNK):
                if self._cuts(Cut.REQUEST):
                    return
                far_writer.write(request)
                answer = await far_reader.read(CHUNK)
                if self._cuts(Cut.ANSWER):
                    return
                writer.write(answer)
        finally:
            far_writer.close()
            writer.close()

    def _cuts(self, cut: Cut) -> bool:
        if self.cuts[:1] != [cut]:
            return False
        del self.cuts[0]
        return True


@asynccontextmanager
async def cutting(upstream: Path, socket: Path) -> AsyncIterator[CuttingProxy]:
    """Run a proxy on a socket of its own."""
    proxy = CuttingProxy(upstream)
    server = await asyncio.start_unix_server(proxy.serve, socket)
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
