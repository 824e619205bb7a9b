"""TLS servers in front of the account, with certificates for any names that a test asks for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import trustme
from aiohttp import web

HOST: Final = "127.0.0.1"
CHUNK: Final = 65536
"""Bytes that are forwarded at once; any number works."""


@dataclass
class TlsServers:
    """Servers whose certificates come from an authority that a client may be told to trust."""

    authority: trustme.CA = field(default_factory=trustme.CA)
    servers: list[asyncio.Server] = field(default_factory=list)

    @property
    def certificate(self) -> str:
        """The authority's own certificate, in PEM."""
        return self.authority.cert_pem.bytes().decode()

    async def start(self, names: list[str], account_port: int, *, expired: bool = False) -> str:
        """Start a server that forwards to the account; gives its address."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        ends = datetime.now(UTC) - timedelta(days=1) if expired else None
        self.authority.issue_cert(*names, not_after=ends).configure_cert(context)

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inner_reader, inner_writer = await asyncio.open_connection(HOST, account_port)
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

        server = await asyncio.start_server(forward, HOST, 0, ssl=context)
        self.servers.append(server)
        return f"https://{HOST}:{server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop every server."""
        for server in self.servers:
            server.close()
        self.servers.clear()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass  # either side may leave at any time
    finally:
        writer.close()


TLS_SERVERS = web.AppKey("tls_servers", TlsServers)


async def lifetime(app: web.Application) -> AsyncIterator[None]:
    """Keep the TLS servers for as long as the account is served."""
    app[TLS_SERVERS] = TlsServers()
    yield
    app[TLS_SERVERS].close()
