"""A load generator: times requests over persistent connections. It is small to cost little."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """One run: requests per second, and the median and 99th percentile in milliseconds."""

    rate: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:7.0f} /s   p50 {self.p50:7.2f} ms   p99 {self.p99:7.2f} ms"


async def load(port: int, requests: Sequence[bytes], connections: int) -> Figures:
    """Send every request once, over this many connections at the same time."""
    remaining = iter(requests)
    times: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, remaining, times) for _ in range(connections)))
    took = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Figures(len(times) / took, cuts[49] * 1000, cuts[98] * 1000)


async def _connection(port: int, remaining: Iterator[bytes], times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in remaining:  # all connections share this iterator
        start = time.perf_counter()
        writer.write(request)
        lasts = await _answer(reader)
        times.append(time.perf_counter() - start)
        if not lasts:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> bool:
    """Read an answer; whether the connection takes another request."""
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"not a 200: {head[:80]!r}")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return b"connection: close" not in head.lower()
