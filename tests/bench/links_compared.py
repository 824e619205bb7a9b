"""Links created and opened per second: the bare floor, SnapPass and Keysmith, in one run.

`make bench` installs SnapPass and gunicorn into an environment of their own, `var/snappass`. One
worker each, each over a Redis of its own. A sync worker of gunicorn ends each connection. The links
of Keysmith are of keys in sixteen environments: those of one environment open in turn.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.adapters.redis.embedded import embedded_redis
from sandbox.ports import reserved
from tests.bench.load import Figures, load
from tests.bench.serving import ROOT, listening, process, request
from tests.scenarios.opening import proof_of

ROUNDS = {1: 500, 16: 2000, 64: 2000}
SNAPPASS = ROOT / "var" / "snappass" / "bin" / "python"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
SECRET = urlencode({"password": "s" * 200, "ttl": "hour"}).encode()

Open = Callable[[aiohttp.ClientSession, int], Awaitable[bytes]]


async def _floor(session: aiohttp.ClientSession, port: int) -> bytes:
    async with session.post(f"http://127.0.0.1:{port}/links") as answer:
        return request(f"/links/{await answer.text()}", b"", {})


async def _keysmith(session: aiohttp.ClientSession, port: int) -> bytes:
    async with session.post(f"http://127.0.0.1:{port}/links") as answer:
        link = await answer.text()
    body = json.dumps({"proof": proof_of(link)}).encode()
    return request(link.partition("#")[0], body, JSON)


async def _snappass(session: aiohttp.ClientSession, port: int) -> bytes:
    url = f"http://127.0.0.1:{port}/"
    async with session.post(url, data=SECRET, headers=FORM) as answer:
        link = (await answer.json())["link"]
    return request(urlsplit(link).path, b"", {})


async def _measured(port: int, create: bytes, opening: Open) -> dict[str, Figures]:
    await listening(port)
    found = {}
    async with aiohttp.ClientSession() as session:
        for at_once, count in ROUNDS.items():
            found[f"create, {at_once} at once"] = await load(port, [create] * count, at_once)
            opens = [await opening(session, port) for _ in range(count)]
            found[f"open, {at_once} at once"] = await load(port, opens, at_once)
    return found


async def _ours(directory: Path, kind: tuple[str, str], opening: Open) -> dict[str, Figures]:
    with reserved() as port:
        async with (
            embedded_redis(directory) as url,
            process(*kind, str(port), url.removeprefix("unix://")),
        ):
            return await _measured(port, request("/links", b"", {}), opening)


async def _theirs(directory: Path) -> dict[str, Figures]:
    with reserved() as port:
        async with embedded_redis(directory) as url:
            served = ("gunicorn", "--workers=1", f"--bind=127.0.0.1:{port}", "snappass.main:app")
            env = {"REDIS_URL": url, "NO_SSL": "True", "PYTHONPATH": ""}
            async with process(*served, env=env, python=str(SNAPPASS)):
                return await _measured(port, request("/", SECRET, FORM), _snappass)


async def lines(directory: Path) -> AsyncIterator[str]:
    """Measure; one line for each figure."""
    floor = await _ours(directory / "floor", ("tests.bench.baselines", "sealed"), _floor)
    theirs = await _theirs(directory / "snappass") if SNAPPASS.exists() else {}
    ours = await _ours(directory / "links", ("tests.bench.ours", "links"), _keysmith)
    for name, own in ours.items():
        yield f"{name:<20} floor    {floor[name]}"
        if name in theirs:
            yield f"{'':<20} SnapPass {theirs[name]}"
        times = f", {own.rate / theirs[name].rate:.1f} times SnapPass" if name in theirs else ""
        yield f"{'':<20} Keysmith {own}   {own.rate / floor[name].rate:.2f} of the floor{times}"
