"""Health and metrics of every process: web, worker, and several on one machine."""

import json
import re
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

from bot.adapters.redis.embedded import socket_of
from tests.scenarios.system import Bot, System, running_system, until

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"


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


async def test_a_worker_has_a_port_too(tmp_path: Path) -> None:
    """Beside another process on its machine it takes a free one, and says which"""
    async with running_system(tmp_path) as system, AsyncExitStack() as stack:
        worker = await _worker(system, stack, tmp_path / "worker", ADMIN_PORT="0")
        for address in (system.bot.environment["ADMIN_PORT"], admin := await admin_of(worker)):
            assert healthy(address)
        for path in ("/healthz", "/readyz", "/metrics"):
            async with system.session.get(f"http://{admin}{path}") as answer:
                assert answer.status == 200
        assert not healthy("127.0.0.1:9")


async def _worker(system: System, stack: AsyncExitStack, directory: Path, **more: str) -> Bot:
    directory.mkdir()  # noqa: ASYNC240  # a test waits for nothing else
    redis = f"unix://{socket_of(system.directory / 'var/redis')}"
    environment = system.bot.environment | {"REDIS_URL": redis} | more
    worker = Bot(environment, directory, ("worker",))
    stack.push_async_callback(worker.kill)
    await worker.begin()
    return worker
