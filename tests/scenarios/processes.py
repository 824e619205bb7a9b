"""Starts the bot as a process, forked from one that has imported it already.

An import takes more than a second of CPU, and all tests together start hundreds of bots. What runs
is still `python -m …`: a process with its own environment, which a test can kill.
"""

import asyncio
import multiprocessing
import os
import runpy
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PRELOADED: Final = ["bot.cli.main", "tests.scenarios.ahead", "tests.scenarios.preloaded"]


@dataclass(frozen=True)
class Child:
    """A process, with the methods of `asyncio.subprocess.Process` that tests use."""

    process: BaseProcess

    @property
    def returncode(self) -> int | None:
        """The exit code; minus the signal's number after a signal; None while it runs."""
        return self.process.exitcode

    @property
    def pid(self) -> int:
        """The process's number."""
        return self.process.pid or 0

    def kill(self) -> None:
        """Send SIGKILL."""
        self.process.kill()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.terminate()

    async def wait(self) -> int:
        """Wait until it ends."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        while self.returncode is None:
            loop.add_reader(self.process.sentinel, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(self.process.sentinel)
        return self.returncode


@dataclass(frozen=True)
class Program:
    """`python -m module …` in a directory; what it prints is added to two files."""

    module: str
    arguments: tuple[str, ...]
    directory: Path
    environment: dict[str, str]
    out: Path
    error: Path


def start(program: Program) -> Child:
    """Start a program; a copy, which PYTHONPATH names, is imported by its own process."""
    if program.environment.get("PYTHONPATH", str(ROOT)) == str(ROOT):
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(PRELOADED)
        process: BaseProcess = forks.Process(target=_run, args=(program,), daemon=True)
    else:
        spawns = multiprocessing.get_context("spawn")
        process = spawns.Process(target=_run, args=(program,), daemon=True)
    process.start()
    return Child(process)


def _run(program: Program) -> None:
    for path, stream in ((program.out, sys.stdout), (program.error, sys.stderr)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    os.chdir(program.directory)
    os.environ.clear()
    os.environ.update(program.environment)
    sys.path.insert(0, program.environment.get("PYTHONPATH", str(ROOT)))
    sys.argv = [program.module, *program.arguments]
    runpy.run_module(program.module, run_name="__main__", alter_sys=True)


@dataclass(frozen=True)
class Finished:
    """What a process left: its exit code, and what it printed."""

    code: int
    out: str
    error: str


async def run(directory: Path, environment: dict[str, str], *arguments: str) -> Finished:
    """Run `python -m bot …` until it ends."""
    printed = Path(tempfile.mkdtemp(dir=directory))
    out, error = printed / "out", printed / "error"
    child = start(Program("bot", arguments, directory, environment, out, error))
    code = await child.wait()
    return Finished(code, out.read_text(), error.read_text())
