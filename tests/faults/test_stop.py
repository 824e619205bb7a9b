"""A bot that is stopping, and a bot without its Redis."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.adapters.redis.embedded import embedded_redis
from sandbox.ports import HOST
from tests.contracts.redis_processes import QUICK, Server, running
from tests.scenarios.presses import REQUEST, ask, direct, filled, modal, notified
from tests.scenarios.system import (
    ADA,
    MIA,
    NIA,
    PLATFORM,
    TOM,
    Json,
    System,
    running_system,
    until,
)

HALF = b"POST /s/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
"""A browser that never ends what it sends."""


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[System]:
    """A system for one test."""
    async with running_system(tmp_path) as one:
        yield one


async def test_a_stopping_bot_finishes_what_it_accepted(own: System) -> None:
    """A job that has begun ends with its effect and its answer, although the stop comes first."""
    await own.fail("PUT", "*/access_keys/*", "latency", seconds=2)
    await own.act("command", user=TOM, channel=PLATFORM, text="key disable ci-bot")

    async def running() -> bool:
        taken = await own.redis("XPENDING", "{keysmith}:errands", "workers")
        return bool(taken) and "begun" in {e["deed"] for e in await own.audit()}

    await until(running)
    await own.bot.stop()

    assert (await own.key("ci-bot"))["enabled"] is False
    assert any("is now disabled" in m["text"] for m in await own.messages())


async def test_with_a_full_queue_the_process_ends_in_time(own: System) -> None:
    """Within the 25 seconds that a platform gives it, whatever hangs: Cloudinary, Slack, a browser.

    The next process does the rest, once.
    """
    await own.fail("GET", "*/access_keys", "latency", seconds=40, count=2)
    for number in range(12):
        text = f"key create made{number} --env staging"
        await own.act("command", user=TOM, channel=PLATFORM, text=text)

    async def full() -> bool:
        return await own.redis("XLEN", "{keysmith}:errands") == 12

    assert await until(full)
    await own.act("faults", method="*", kind="latency", seconds=40, count=20)
    await own.act("command", user=MIA, channel=PLATFORM, text="request staging --reason slow")
    host, port = own.twins.at.bot.removeprefix("http://").split(":")
    _, slow = await asyncio.open_connection(host, int(port))
    slow.write(HALF)
    await own.bot.stop()
    slow.close()
    assert '"event": "stopped"' in own.bot.log
    await own.session.delete(f"{own.twins.at.slack}/sandbox/faults")
    await own.bot.start()

    async def made() -> bool:
        keys = [await own.find_key(f"made{number}", "Staging") for number in range(12)]
        return all(keys)

    await until(made, 60)


async def _refused_elsewhere(system: System, decision: Json, request: Json) -> None:
    """Type into menus, submit a form, open App Home and write a message, all without Redis."""
    offered = []
    for user, view, field, typed in (
        (ADA, decision, "id", ""),
        (ADA, decision, "id", "c1"),
        (MIA, request, "env", "stag"),
    ):
        at = {"user": user, "view_id": view["id"], "block_id": f"field:{field}"}
        found = await in_time(system, "suggest", **at, action_id="value", value=typed)
        offered.append([each["text"]["text"] for each in found["options"]])
    late = ["Not loaded yet. Type a name, or open this menu again."]
    assert [late, ["Use “c1”"], ["Use “stag”"]] == offered
    values = await filled(system, MIA, request, env="staging", reason="builds")
    await in_time(system, "submit", user=MIA, view_id=request["id"], values=values)

    async def answered() -> bool:
        return "database does not respond" in str(await modal(system, MIA, PLATFORM))

    assert await until(answered)
    await system.act("message", user=NIA, channel=direct(NIA), text="key list")
    await notified(system, NIA, "database does not respond")
    await system.act("home", user=NIA)

    async def told() -> bool:
        screen = await system.look("screen", user=NIA, channel=PLATFORM)
        return "can't read your requests and keys" in str(screen["home"])

    assert await until(told)
    assert '"level": "error"' not in system.bot.log


async def in_time(system: System, what: str, **body: object) -> Json:
    """Act as a person; the bot answers within Slack's three seconds."""
    sent = await system.act(what, **body)
    assert (sent["delivered"], sent["elapsed_ms"] < 3000) == ("ok", True), sent
    return sent


@pytest.mark.parametrize("part", ["web", "worker", "all", "socket"])
async def test_each_part_ends_in_time_although_redis_hangs(tmp_path: Path, part: str) -> None:
    """A server that is held takes what is sent, and answers nothing; `all` has its Redis gone"""
    server = Server(tmp_path / "server", QUICK)
    arguments = (part,) if part in {"web", "worker"} else ()
    url = f"redis://{HOST}:{server.port}"
    async with (
        running(server),
        running_system(
            tmp_path, socket_mode=part == "socket", arguments=arguments, REDIS_URL=url
        ) as system,
    ):
        server.send(signal.SIGKILL if part == "all" else signal.SIGSTOP)
        await system.bot.stop()
        assert '"event": "stopped"' in system.bot.log
        assert "Traceback" not in system.bot.log


async def test_without_redis_a_command_is_refused_in_time_and_later_works_again(
    tmp_path: Path,
) -> None:
    """By every way in: within three seconds, with an id; the bot recovers when Redis is back."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        url = await first.enter_async_context(embedded_redis(tmp_path / "redis"))
        system = await stack.enter_async_context(running_system(tmp_path, REDIS_URL=url))
        assert "20 keys" in (await system.send("key list"))["text"]
        for name in ("one", "two"):
            await ask(system, REQUEST.format(name=name))
        await system.act("command", user=ADA, channel=PLATFORM, text="approve")
        await system.act("command", user=MIA, channel=PLATFORM, text="request")
        forms = await modal(system, ADA, PLATFORM), await modal(system, MIA, PLATFORM)
        await first.aclose()
        await _refused_elsewhere(system, *forms)

        sent = await system.act("command", user=TOM, channel=PLATFORM, text="key disable ci-bot")

        assert (sent["delivered"], sent["status"]) == ("ok", 200)
        assert sent["elapsed_ms"] < 3000
        refused = (await system.answer(sent, TOM, PLATFORM))["text"]
        assert "Keysmith's database does not respond" in refused
        assert refused.split()[-1] in system.bot.log

        async def unready() -> bool:
            """Whether it says so; a look holds for a second."""
            async with system.session.get(f"{system.twins.at.admin}/readyz") as answer:
                return answer.status == 503 and "Redis: there is no" in await answer.text()

        assert await until(unready)
        assert (await system.key("ci-bot"))["enabled"] is True

        async with embedded_redis(tmp_path / "redis"):

            async def answered() -> bool:
                answer = await system.send("key disable ci-bot")
                return "ci-bot in Production is now disabled" in answer["text"]

            assert await until(answered, seconds=40)
            await system.bot.stop()
