"""Health and metrics of every process: web, worker, and several on one machine."""

import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.adapters.redis.embedded import socket_of
from bot.adapters.redis.names import JOBS, WORKERS, WORKING
from sandbox.ports import HOST
from tests.scenarios.system import MIA, TOM, Bot, System, running_system, until

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
LONG_AGO = "1000-0"
"""The id of an item that is old, whatever the time."""


@pytest.fixture(scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system whose bot serves Slack and browsers only: a test starts its own worker."""
    async with running_system(tmp_path_factory.mktemp("seen"), arguments=("web",)) as one:
        yield one


def healthy(address: str) -> bool:
    """Whether the image's own health check succeeds for a process at this address."""
    found = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE.read_text(), re.MULTILINE)
    assert found
    command = ["/usr/bin/env", f"ADMIN_PORT={address}", *json.loads(found.group(1))]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


async def admin_of(worker: Bot) -> str:
    """Where the process says that its health is."""

    async def ready() -> str | None:
        found = re.search(r'"admin": "([^"]+)", .*"event": "ready"', worker.log)
        return found.group(1) if found else None

    return await until(ready)


def own_admin(system: System) -> str:
    """Where the health of the system's own process is."""
    return f"{HOST}:{system.bot.environment['ADMIN_PORT']}"


async def page(system: System, admin: str, path: str) -> tuple[int, str]:
    """Read a page of a process: its status and its text."""
    async with system.session.get(f"http://{admin}{path}") as answer:
        return answer.status, await answer.text()


async def reasons(system: System, admin: str) -> str:
    """Wait until a process is not ready; gives why."""

    async def told() -> str | None:
        status, text = await page(system, admin, "/readyz")
        return text if status == 503 else None

    return await until(told)


async def is_ready(system: System, admin: str) -> bool:
    """Whether a process is ready."""
    return await page(system, admin, "/readyz") == (200, "ready\n")


async def counted(system: System, admin: str, metric: str) -> float:
    """Read a metric of a process."""
    _, text = await page(system, admin, "/metrics")
    (value,) = re.findall(rf"^{re.escape(metric)} (\S+)$", text, re.MULTILINE)
    return float(value)


async def test_a_worker_has_a_port_too(web: System, tmp_path: Path) -> None:
    """Beside another process on its machine it takes a free one, and says which"""
    async with AsyncExitStack() as stack:
        worker = await _worker(web, stack, tmp_path / "worker", ADMIN_PORT="0")
        for address in (web.bot.environment["ADMIN_PORT"], admin := await admin_of(worker)):
            assert healthy(address)
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await page(web, admin, path))[0] == 200
        assert not healthy("127.0.0.1:9")


async def test_a_process_whose_token_slack_refuses_is_not_ready(web: System) -> None:
    """Until a call succeeds again"""
    faults = f"{web.twins.at.slack}/sandbox/faults"
    await web.act("faults", method="*", kind="refused", error="token_revoked", count=1_000_000)
    await web.act("home", user=TOM)

    told = await reasons(web, own_admin(web))

    assert told.startswith("Slack: refuses SLACK_BOT_TOKEN (token_revoked)"), told
    async with web.session.delete(faults):
        await web.act("home", user=MIA)
    await until(lambda: is_ready(web, own_admin(web)))


async def test_an_item_that_no_worker_takes_is_told(web: System, tmp_path: Path) -> None:
    """By a worker's `/readyz`; with no worker alive, by the metrics of any process"""
    await web.redis("DEL", JOBS, WORKING)  # the sign of a worker of before expires
    await web.redis("XADD", JOBS, LONG_AGO, "id", "unknown")
    await web.redis("XGROUP", "CREATE", JOBS, WORKERS, "$")  # behind the item: none is given it
    own = own_admin(web)
    assert await is_ready(web, own)  # it can do its own work
    assert await counted(web, own, 'keysmith_queue_oldest_seconds{queue="jobs"}') > 300
    assert await counted(web, own, "keysmith_working") == 0

    async with AsyncExitStack() as stack:
        worker = await _worker(web, stack, tmp_path / "worker", ADMIN_PORT="0")
        admin = await admin_of(worker)
        told = await reasons(web, admin)
        assert told.startswith(f"queues: an item of {JOBS} has waited for "), told
        await web.redis("XGROUP", "SETID", JOBS, WORKERS, "0")
        await until(lambda: is_ready(web, admin))
        assert await counted(web, own, "keysmith_working") == 1


async def _worker(system: System, stack: AsyncExitStack, directory: Path, **more: str) -> Bot:
    directory.mkdir()  # noqa: ASYNC240  # a test waits for nothing else
    redis = f"unix://{socket_of(system.directory / 'var/redis')}"
    environment = system.bot.environment | {"REDIS_URL": redis} | more
    worker = Bot(environment, directory, ("worker",))
    stack.push_async_callback(worker.kill)
    await worker.begin()
    return worker
