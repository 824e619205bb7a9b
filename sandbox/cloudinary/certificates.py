"""TLS before the account, with a certificate for whatever names a test wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import trustme
from aiohttp import web

HOST: Final = "127.0.0.1"
CHUNK: Final = 65536
"""Bytes that are carried at once; any number will do."""


@dataclass
class Disguises:
    """Doors with certificates of an authority that a client may be told to trust."""

    authority: trustme.CA = field(default_factory=trustme.CA)
    doors: list[asyncio.Server] = field(default_factory=list)

    @property
    def certificate(self) -> str:
        """The authority's own, in PEM."""
        return self.authority.cert_pem.bytes().decode()

    async def open(self, names: list[str], account_port: int) -> str:
        """Open a door to the account; gives its address."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert(*names).configure_cert(context)

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inner_reader, inner_writer = await asyncio.open_connection(HOST, account_port)
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

        door = await asyncio.start_server(carry, HOST, 0, ssl=context)
        self.doors.append(door)
        return f"https://{HOST}:{door.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Close every door."""
        for door in self.doors:
            door.close()
        self.doors.clear()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass  # either side may leave at any time
    finally:
        writer.close()


DISGUISES = web.AppKey("disguises", Disguises)


async def lifetime(app: web.Application) -> AsyncIterator[None]:
    """Keep the doors for as long as the account is served."""
    app[DISGUISES] = Disguises()
    yield
    app[DISGUISES].close()
