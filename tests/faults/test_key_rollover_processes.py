"""Real processes with different keys, and people who go on giving commands meanwhile."""

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Final

from bot.adapters.redis.embedded import embedded_redis
from tests.scenarios import processes
from tests.scenarios.system import ADA, MIA, TOM, Bot, System, running_system, until

KEYS: Final = "KEYSMITH_KEYS"
SENT: Final = 2
"""Commands that the test itself gives."""
PAUSE: Final = 0.2
"""Seconds between two commands."""


async def command(system: System, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run `python -m bot …` with other variables; gives its exit code and all it prints."""
    environment = system.bot.environment | variables
    done = await processes.run(system.directory, environment, *arguments)
    return done.code, done.out + done.error


@asynccontextmanager
async def commands(system: System) -> AsyncIterator[list[str]]:
    """Let people give commands while the block runs; yields those that were acknowledged."""
    acked, people = list[str](), cycle((TOM, MIA, ADA))

    async def give() -> None:
        while True:
            sent = await system.act(
                "command", user=next(people), channel="C0PLATFRM", text="key list"
            )
            if sent["delivered"] == "ok":
                acked.append(sent["delivered"])
            await asyncio.sleep(PAUSE)

    giving = asyncio.create_task(give())
    try:
        yield acked
    finally:
        giving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await giving


async def all_ran(system: System) -> int:
    """Wait until every accepted command has run; gives how many the audit log knows."""

    async def ran() -> int:
        entries = await system.audit()
        asked = {each["errand"] for each in entries if each["deed"] == "asked"}
        done = {each["errand"] for each in entries if each["deed"] != "asked" and each["errand"]}
        return len(asked | done) if asked <= done else 0

    return await until(ran)


async def phase_one(system: System, worker: Bot, keys: dict[str, str]) -> None:
    """Start every process with the new key in front; it signs nothing yet."""
    code, out = await command(system, "keys", "rotate", **keys)
    assert code == 1, out
    assert "web, worker on " in out
    assert "can't read" in out
    assert "Nothing was changed." in out
    await worker.begin()
    await system.bot.stop()
    system.bot.environment.update(keys)
    await system.bot.start()
    code, out = await command(system, "keys", "status")
    assert (code, "every running process reads it" in out) == (0, True), out
    code, out = await command(system, "audit", "verify")
    assert (code, "keys rotate" in out) == (0, True), out


async def phase_two(system: System) -> None:
    """Let it sign; again changes nothing."""
    for said in ("generation 2", "signs already"):
        code, out = await command(system, "keys", "rotate")
        assert (code, said in out) == (0, True), out
    status = json.loads((await command(system, "keys", "status", "--json"))[1])
    assert status["signs"]["number"] == 2
    assert [True, True] == [status["needed"][each] for each in status["configured"]]


async def test_a_key_is_rolled_over_in_two_phases(tmp_path: Path) -> None:
    """Everyone can read the new key; then it signs. No command is lost, and the log verifies"""
    new = base64.b64encode(os.urandom(32)).decode()
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, REDIS_URL=url) as system,
    ):
        old = system.bot.environment[KEYS]
        keys = {KEYS: f"{new},{old}"}
        (tmp_path / "worker").mkdir()
        ports = {"PORT": "0", "ADMIN_PORT": "0"}
        worker = Bot(system.bot.environment | keys | ports, tmp_path / "worker", ("worker",))
        await system.send("key list")
        await command(system, "audit", "export", "--file", "before.jsonl")
        async with commands(system) as acked:
            await phase_one(system, worker, keys)
            await phase_two(system)
            await system.send("key list")
        assert acked
        assert len(acked) + SENT <= await all_ran(system)
        code, out = await command(system, "audit", "verify", "--against", "before.jsonl")
        assert (code, "rotate" in out) == (0, False), out
        await worker.stop()
        await system.bot.stop()
        code, out = await command(system, "worker", **{KEYS: old})
        assert code == 1, out
        assert "lacks the key" in out
        assert "Nothing was started" in out
