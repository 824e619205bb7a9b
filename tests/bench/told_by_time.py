"""Whether the time of an answer tells what a link is.

A visitor without the proof presses at links of each kind in turn, over the real page and a real
Redis, and the times of every two kinds are compared as distributions: the statistic of Kolmogorov
and Smirnov is the largest difference between the shares of answers that came within any time. A
mean would hide what a part of the answers tells.

The benchmark proves that it can see a difference: one more kind has a round trip to Redis planted.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Final

import aiohttp

from bot.adapters.redis.connection import client
from bot.adapters.redis.embedded import embedded_redis
from bot.adapters.redis.names import sealed
from bot.domain.audit import AuditEvent, Entry
from bot.domain.redis_url import RedisAddress
from sandbox.ports import reserved
from tests.bench.ours import PLANTED, Maker
from tests.bench.serving import listening, process, request
from tests.scenarios.opening import proof_of

KINDS: Final = ("unknown", "waiting", "spent", "expired", "revoked")
CONTROL: Final = "planted"
LINKS: Final = 20  # of each kind
ROUNDS: Final = 3000
MOST: Final = 0.055
"""Of the statistic. By chance alone it is above that in one of 4,000 pairs of 3,000 times each."""
JSON: Final = {"Content-Type": "application/json"}
WRONG: Final = json.dumps({"proof": "A" * 43, "visit": "v"}).encode()

Times = dict[str, list[float]]


def distance(some: Sequence[float], others: Sequence[float]) -> float:
    """Compare two samples: 0 where they are the same, 1 where all of one is below the other."""
    steps = (some, 1 / len(some)), (others, -1 / len(others))
    marked = sorted((value, step) for values, step in steps for value in values)
    apart, widest = 0.0, 0.0
    for place, (value, step) in enumerate(marked):
        apart += step
        if place + 1 == len(marked) or marked[place + 1][0] > value:
            widest = max(widest, abs(apart))
    return widest


async def _ids(port: int, socket: str, count: int) -> dict[str, list[str]]:
    """Make links of each kind."""
    found: dict[str, list[str]] = {kind: [] for kind in (*KINDS, CONTROL)}
    base = f"http://127.0.0.1:{port}"
    async with client(RedisAddress(path=socket)) as redis, aiohttp.ClientSession() as session:
        store = Maker(redis).store
        for number in range(count):
            found["unknown"].append(f"{number:022}")
            found[CONTROL].append(f"{PLANTED}{number:015}")
            for kind in ("waiting", "spent", "expired", "revoked"):
                async with session.post(f"{base}/links") as answer:
                    url = await answer.text()
                id_ = url.partition("#")[0].rpartition("/")[2]
                found[kind].append(id_)
                if kind == "spent":
                    body = {"proof": proof_of(url)}
                    async with session.post(f"{base}/s/{id_}", json=body) as opened:
                        opened.raise_for_status()
                elif kind == "expired":
                    await redis.delete(sealed(id_))
                elif kind == "revoked":
                    link = await store.find(id_)
                    pending = await store.pending(link.pending_id) if link else None
                    entry = Entry(datetime.now(UTC), AuditEvent.DONE, "key:disable")
                    await store.revoke(pending, entry) if pending else None
    return found


async def _times(port: int, ids: dict[str, list[str]], rounds: int) -> Times:
    """Press at one link of each kind in turn, each turn in another order."""
    times: Times = {kind: [] for kind in ids}
    order = random.Random(1)  # noqa: S311  # the same order in each run
    warm = rounds // 20
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for turn in range(warm + rounds):
        for kind in order.sample(sorted(ids), len(ids)):
            pressed = request(f"/s/{ids[kind][turn % len(ids[kind])]}", WRONG, JSON)
            start = time.perf_counter()
            writer.write(pressed)
            head = await reader.readuntil(b"\r\n\r\n")
            took = time.perf_counter() - start
            if not head.startswith(b"HTTP/1.1 404"):
                raise RuntimeError(f"not a 404: {head[:80]!r}")
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
            if turn >= warm:
                times[kind].append(took)
    writer.close()
    return times


async def measured(directory: Path, rounds: int = ROUNDS, links: int = LINKS) -> Times:
    """Run a server and press."""
    with reserved() as port:
        async with embedded_redis(directory) as url:
            socket = url.removeprefix("unix://")
            async with process("tests.bench.ours", "links", str(port), socket):
                await listening(port)
                return await _times(port, await _ids(port, socket, links), rounds)


async def lines(directory: Path) -> AsyncIterator[str]:
    """Measure; the widest difference, and that of the control, which has to be seen."""
    times = await measured(directory)
    pairs = {(a, b): distance(times[a], times[b]) for a, b in combinations(KINDS, 2)}
    widest = max(pairs, key=lambda pair: pairs[pair])
    control = min(distance(times[kind], times[CONTROL]) for kind in KINDS)
    verdict = "tells nothing" if pairs[widest] < MOST else "TELLS"
    seen = "seen" if control >= MOST else "NOT SEEN: the machine is too busy, run it again"
    yield f"{' and '.join(widest)}: {pairs[widest]:.3f} at most, {verdict} (limit: {MOST})"
    yield f"one more round trip to Redis: {control:.3f} at least, {seen}"
