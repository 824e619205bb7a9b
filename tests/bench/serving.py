"""Processes that a benchmark measures, and requests to them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.scenarios.system import until

ROOT = Path(__file__).parents[2]


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Build the bytes of one HTTP request."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *lines]
    )
    return f"{head}\r\n\r\n".encode() + body


@asynccontextmanager
async def process(
    *arguments: str, env: dict[str, str] | None = None, python: str = sys.executable
) -> AsyncIterator[None]:
    """Run a Python module until the block ends."""
    running = await asyncio.create_subprocess_exec(
        python,
        "-m",
        *arguments,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | (env or {}),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        running.terminate()
        await running.wait()


async def listening(port: int) -> None:
    """Wait until the port accepts connections."""

    async def connects() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    await until(connects)
