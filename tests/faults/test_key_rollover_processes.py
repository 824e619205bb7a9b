"""Real processes with different keys, and people who go on giving commands meanwhile."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.adapters.redis.embedded import embedded_redis
from sandbox.ports import HOST, reserved
from sandbox.running import SLACK_EVENTS
from tests.faults.rollover_load import PEOPLE, Load, asked_redis
from tests.scenarios import processes
from tests.scenarios.opening import open_link, press
from tests.scenarios.presses import REQUEST, ask, card, notified, pressed
from tests.scenarios.system import (
    ADA,
    MIA,
    PLATFORM,
    TOM,
    Bot,
    System,
    link_of,
    running_system,
    until,
)

KEYS: Final = "KEYSMITH_KEYS"


async def command(system: System, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run `python -m bot …` with other variables; gives its exit code and all it prints."""
    environment = system.bot.environment | variables
    done = await processes.run(system.directory, environment, *arguments)
    return done.code, done.out + done.error


async def phase_one(system: System, worker: Bot, keys: dict[str, str]) -> None:
    """Start every process with the new key in front; it signs nothing yet."""
    code, out = await command(system, "keys", "rotate", **keys)
    assert code == 1, out
    assert "web, worker on " in out
    assert "can't read" in out
    assert "Nothing changed." in out
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


async def opens(system: System, link: str, name: str) -> None:
    """Open a link: it has the credentials of that key."""
    key, opened = await system.key(name, "Staging"), await open_link(system, link)
    found = (opened["name"], opened["api_key"], opened["api_secret"])
    assert found == (name, key["api_key"], key["api_secret"])


def new_key(system: System) -> str:
    """Put a new key before the one that signs."""
    return f"{base64.b64encode(os.urandom(32)).decode()},{system.bot.environment[KEYS]}"


async def test_a_key_is_rolled_over_in_two_phases(tmp_path: Path) -> None:
    """Everyone can read the new key; then it signs. No command is lost, and the log verifies.

    What was made before the first phase is used after the second: a link, and a request.
    """
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, REDIS_URL=url) as system,
    ):
        old, keys = system.bot.environment[KEYS], {KEYS: new_key(system)}
        (tmp_path / "worker").mkdir()
        ports = {"PORT": "0", "ADMIN_PORT": "0"}
        worker = Bot(system.bot.environment | keys | ports, tmp_path / "worker", ("worker",))
        link = link_of(await system.send("key create early --env staging"))
        await ask(system, REQUEST.format(name="early-request"))
        waiting = await card(system, "early-request", "Needs ")
        await command(system, "audit", "export", "--file", "before.jsonl")
        load = Load(system)
        async with load.flowing():
            await phase_one(system, worker, keys)
            await phase_two(system)
            await opens(system, link, "early")
            await pressed(system, TOM, waiting, "approve")
            await notified(system, MIA, "The key is created")
        await load.settled()
        code, out = await command(system, "audit", "verify", "--against", "before.jsonl")
        assert (code, "rotate" in out) == (0, False), out
        await worker.stop()
        await system.bot.stop()
        code, out = await command(system, "worker", **{KEYS: old})
        assert code == 1, out
        assert "lacks the key" in out
        assert "Nothing was started" in out


@dataclass
class Gate:
    """Holds Cloudinary's answers about keys, by the method of their call; `held` are their jobs."""

    methods: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    @web.middleware
    async def hold(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Do what the call says; its answer waits."""
        answer = await handler(request)
        if request.method in self.methods and "/access_keys" in request.path:
            self.held.add(request.headers["X-Request-Id"])
            await self.opened.wait()
        return answer

    async def holds(self, jobs: int) -> None:
        """Wait until the calls of so many jobs are held."""

        async def enough() -> bool:
            return len(self.held) >= jobs

        await until(enough)


async def rotate_without_looking(system: System, keys: dict[str, str]) -> None:
    """Rotate while a process that lacks the key is not seen; it may announce itself meanwhile."""

    async def rotated() -> bool:
        seen = await asked_redis(system, "KEYS", "{keysmith}:process:*")
        assert isinstance(seen, list)
        for each in seen:
            await asked_redis(system, "DEL", each)
        code, out = await command(system, "keys", "rotate", **keys)
        assert "generation 2" in out or "Nothing changed." in out, out
        return code == 0

    await until(rotated)


async def is_refused(system: System, link: str) -> None:
    """A process without the key says so, and takes nothing: neither a command nor a press."""

    async def unready() -> bool:
        async with system.session.get(f"{system.twins.at.admin}/readyz") as answer:
            return answer.status == 503 and (await answer.text()).startswith("Keys:")

    await until(unready)
    head = await asked_redis(system, "GET", "{keysmith}:audit-head")
    queued = await asked_redis(system, "XLEN", "{keysmith}:errands")
    refused = await system.send("key disable ci-bot", ADA)
    assert "disabled" not in refused["text"]
    assert (await press(system, link))[0] == 503
    assert head == await asked_redis(system, "GET", "{keysmith}:audit-head")
    assert queued == await asked_redis(system, "XLEN", "{keysmith}:errands")
    assert (await system.key("ci-bot"))["enabled"] is True


async def handed_over(system: System, items: int) -> bool:
    """Whether the process has left so many jobs to others."""
    return system.bot.log.count('"event": "item_unread"') >= items


@asynccontextmanager
async def another(system: System, keys: dict[str, str]) -> AsyncIterator[Bot]:
    """Run a process with these keys as well; Slack sends to it alone."""
    with reserved() as port, reserved() as admin:
        own = {"PORT": str(port), "ADMIN_PORT": str(admin), "PUBLIC_URL": f"http://{HOST}:{port}"}
        (system.directory / "another").mkdir()
        bot = Bot(system.bot.environment | keys | own, system.directory / "another")
        try:
            await bot.start()
            await system.act("bot", request_url=own["PUBLIC_URL"] + SLACK_EVENTS)
            yield bot
            await bot.stop()
        finally:
            await bot.kill()


async def shown_once(system: System, name: str) -> None:
    """A key exists once, and so does its answer, whose link shows it."""
    state = await system.cloudinary("state")
    keys = [key["name"] for each in state["environments"] for key in each["keys"]]
    told = [each for each in await system.messages() if f"{name} in Staging" in each["text"]]
    assert (1, 1) == (keys.count(name), len(told)), told
    await opens(system, link_of(told[0]), name)


async def test_a_process_that_was_overlooked_loses_nothing(tmp_path: Path) -> None:
    """It takes nothing more, and hands over what it has: also a key that it was creating."""
    gate = Gate()
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, middlewares=[gate.hold], REDIS_URL=url) as system,
    ):
        keys, load = {KEYS: new_key(system)}, Load(system)
        link = link_of(await system.send("key create early --env staging"))
        gate.methods.add("POST")
        there = {"user": TOM, "channel": PLATFORM}
        await system.act("command", **there, text="key create midway --env staging")
        await gate.holds(1)
        gate.methods.add("GET")
        for _ in PEOPLE:
            await load.give()
        await gate.holds(1 + len(PEOPLE))
        await rotate_without_looking(system, keys)
        gate.methods.clear()
        gate.opened.set()
        await is_refused(system, link)
        await until(lambda: handed_over(system, 1 + len(PEOPLE)))
        async with another(system, keys) as ready:
            for _ in PEOPLE:
                await load.give()
            system.bot.environment.update(keys)  # for the commands that look
            await load.settled()
            at = ready.environment["PUBLIC_URL"]
            await opens(system, link.replace(system.twins.at.bot, at), "early")
            await shown_once(system, "midway")
            assert system.bot.process
            assert system.bot.process.returncode is None
