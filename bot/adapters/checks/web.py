"""Finds out who answers at PUBLIC_URL and on the ports."""

import errno
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bot.domain.checks.findings import Finding
from bot.domain.checks.web import Answer, PortFacts, WebFacts, examine_web

LIMIT: Final = aiohttp.ClientTimeout(total=10)
"""Seconds for one answer."""
READ: Final = 65_536
"""Bytes of an answer that are looked at."""
CERTIFICATES: Final = (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)


@dataclass(frozen=True)
class Port:
    """A port that Keysmith listens on, and the path by which a running Keysmith is known there."""

    name: str
    host: str
    number: int
    path: str = ""


@dataclass(frozen=True)
class WebProbe:
    """Listens on each port that is free, for as long as it looks; without ports it only asks."""

    session: aiohttp.ClientSession
    public_url: str
    ports: Sequence[Port] = ()

    async def look(self) -> Sequence[Finding]:
        """Examine ports and address."""
        return examine_web(await self.gather())

    async def gather(self) -> WebFacts:
        """Listen on the ports with a page that only this run knows, and ask for it by the URL."""
        path, proof = f"/s/check-{secrets.token_hex(8)}", secrets.token_hex(8)
        async with AsyncExitStack() as stack:
            ports = [await self._port(port, path, proof, stack) for port in self.ports]
            answer, status = await self._ask(self.public_url + path, proof)
        prefix = urlsplit(self.public_url).path
        return WebFacts(answer, status, prefix, tuple(ports))

    async def _port(self, port: Port, path: str, proof: str, stack: AsyncExitStack) -> PortFacts:
        try:
            await stack.enter_async_context(_listening(port, path, proof))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return PortFacts(port.name, port.number, reason=error.strerror or "refused")
            ours = await self._is_ours(port, path)
            return PortFacts(port.name, port.number, free=False, ours=ours)
        return PortFacts(port.name, port.number)

    async def _is_ours(self, port: Port, path: str) -> bool:
        host = "127.0.0.1" if port.host == "0.0.0.0" else port.host  # not bound here
        url = f"http://[{host}]:{port.number}" if ":" in host else f"http://{host}:{port.number}"
        if not port.path:
            return (await self._ask(url + path, ""))[0] is Answer.KEYSMITH
        try:
            async with self.session.get(url + port.path, timeout=LIMIT) as answer:
                return (await answer.content.read(READ)).startswith(b"alive")
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def _ask(self, url: str, proof: str) -> tuple[Answer, int]:
        try:
            async with self.session.get(url, allow_redirects=False, timeout=LIMIT) as answer:
                body, status = await answer.content.read(READ), answer.status
        except aiohttp.ClientConnectorDNSError:
            return Answer.NO_ADDRESS, 0
        except CERTIFICATES:
            return Answer.CERTIFICATE, 0
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Answer.UNREACHABLE, 0
        if proof and body == proof.encode():
            return Answer.THIS, status
        if b"Keysmith" in body and "noindex" in answer.headers.get("X-Robots-Tag", ""):
            return Answer.KEYSMITH, status
        redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        return (Answer.REDIRECT if redirected else Answer.OTHER), status


@asynccontextmanager
async def _listening(port: Port, path: str, proof: str) -> AsyncIterator[None]:
    """Serve one page, under any prefix, and nothing else."""

    async def page(request: web.Request) -> web.Response:
        if request.path.endswith(path):
            return web.Response(text=proof)
        return web.Response(status=HTTPStatus.NOT_FOUND, text="check is running here\n")

    app = web.Application()
    app.router.add_get("/{any:.*}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port.host, port.number).start()
        yield
    finally:
        await runner.cleanup()
