"""docs/backup.md: each procedure, by its own shell blocks, with real processes."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis.names import HALTED
from tests.contracts.redis_processes import free_port
from tests.scenarios.opening import open_link, press
from tests.scenarios.processes import ROOT
from tests.scenarios.system import System, link_of, running_system

DOCUMENT: Final = (ROOT / "docs/backup.md").read_text(encoding="utf-8")
BLOCKS: Final = dict(re.findall(r"^```sh ([\w-]+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))


@dataclass
class Operator:
    """Runs the blocks of the document in a shell, with its variables."""

    system: System
    variables: dict[str, str]
    ran: set[str] = field(default_factory=set)

    async def run(self, block: str) -> tuple[int, str]:
        """Run one block; gives its exit code and what it printed."""
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euc", BLOCKS[block]),
            cwd=self.system.directory,
            env=self.system.bot.environment | self.variables,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await shell.communicate()
        self.ran.add(block)
        return shell.returncode or 0, out.decode()

    async def backs_up_halted(self) -> tuple[int, str]:
        """Try to back a halted Redis up, which would replace what the restore needs."""
        client = Redis.from_url(self.system.bot.environment["REDIS_URL"])
        await client.set(HALTED, "a test halts it")
        try:
            return await self.run("backup")
        finally:
            await client.delete(HALTED)
            await client.aclose()

    async def does(self, block: str) -> str:
        """Run one block, which succeeds."""
        code, out = await self.run(block)
        assert code == 0, out
        return out


@asynccontextmanager
async def operated(directory: Path, path: Path = ROOT) -> AsyncIterator[Operator]:
    """Run a Redis with an append-only file, the bot from this path, and an operator's shell."""
    data, backup, tools = (directory / name for name in ("data", "backup", "tools"))
    for each in (data, backup, tools):
        each.mkdir()
    program = tools / "keysmith"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m bot "$@"\n')
    program.chmod(0o755)
    port = str(free_port())
    url = f"redis://127.0.0.1:{port}/0"
    listen = ("redis-server", "--dir", str(data), "--port", port, "--daemonize", "yes")
    subprocess.run([*listen, "--appendonly", "yes"], check=True, stdout=subprocess.DEVNULL)  # noqa: ASYNC221  # it returns at once
    try:
        more = {"REDIS_URL": url, "PYTHONPATH": str(path)}
        async with running_system(directory, **more) as system:  # type: ignore[arg-type]  # variables
            variables = {"BACKUP": str(backup), "DATA_DIR": str(data), "REDIS_PORT": port}
            variables["PATH"] = f"{tools}:{os.environ['PATH']}"
            yield Operator(system, variables)
    finally:
        ending = ("redis-cli", "-p", port, "SHUTDOWN", "NOSAVE")
        subprocess.run(ending, check=False, stdout=subprocess.DEVNULL)  # noqa: ASYNC221  # it returns at once


async def created(system: System, name: str) -> str:
    """Create a key; gives its link."""
    return link_of(await system.send(f"key create {name} --env staging"))


async def test_a_backup_is_restored_and_recovered(tmp_path: Path) -> None:
    """What was opened since stays closed, what was created since is listed; then work goes on"""
    async with operated(tmp_path) as operator:
        system = operator.system
        opened, kept = await created(system, "opened"), await created(system, "kept")
        await operator.does("backup")
        await open_link(system, opened)
        await created(system, "orphan")
        await system.command_line("audit", "export", "--file", "backup/audit.jsonl")
        await system.bot.stop()
        assert await operator.backs_up_halted() == (
            1,
            "Keysmith is halted: no backup of this Redis\n",
        )

        await operator.does("restore")
        await operator.does("append-only")
        code, report = await operator.run("report")
        assert (code, "orphan" in report, "its key is enabled" in report) == (1, True, True)
        assert "recovery of" in await operator.does("recover")
        assert not (await operator.does("downgrade")).strip()
        await system.bot.start()

        assert (await press(system, opened))[0] == 410
        assert (await open_link(system, kept))["name"] == "kept"
        await created(system, "next")
        await operator.does("upgrade")
        assert operator.ran == BLOCKS.keys(), "a block of docs/backup.md does not run here"


def test_every_block_of_the_document_has_a_name_of_its_own() -> None:
    """One without would run in no test"""
    opened = re.findall(r"^ *(?:```|~~~)", DOCUMENT, re.MULTILINE)
    assert len(opened) == 2 * len(BLOCKS)


async def test_an_upgrade_and_a_downgrade_halt_nothing(tmp_path: Path, previous: Path) -> None:
    """The former version, this one, the former one, and this one again, over one Redis"""
    async with operated(tmp_path, previous) as operator:
        system = operator.system
        link = await created(system, "first")
        for number, path in enumerate((ROOT, previous, ROOT)):
            await system.bot.stop()
            system.bot.environment["PYTHONPATH"] = str(path)
            await system.bot.start()
            await created(system, f"next-{number}")
            assert not (await operator.does("downgrade")).strip()
        assert (await open_link(system, link))["name"] == "first"
        await operator.does("upgrade")
