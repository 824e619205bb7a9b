"""An HTTP server that plays a script byte by byte: for answers that a normal server never gives."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Scene:
    """Bytes to send; then the connection closes, or stays open without more if `hold` is set."""

    sends: bytes = b""
    hold: bool = False


class ScriptedServer:
    """Plays one scene per request, each on a new connection; the last scene repeats."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._script: deque[Scene] = deque()
        self._over = asyncio.Event()

    def plays(self, *scenes: Scene) -> None:
        """Add to the script."""
        self._script.extend(scenes)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen.append(await _request(reader))
        scene = self._script.popleft() if len(self._script) > 1 else self._script[0]
        with suppress(ConnectionError):  # the client may hang up early
            writer.write(scene.sends)
            await writer.drain()
        if scene.hold:
            await self._over.wait()
        writer.close()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(method, target, headers, body)


def answer(body: object, status: int = 200, **headers: str) -> Scene:
    """Compose a complete answer; bytes are sent unchanged, anything else as JSON.

    Underscores in the names of headers become hyphens.
    """
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Length": str(len(content)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return Scene(f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + content)
