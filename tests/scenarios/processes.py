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
PRELOADED: Final = ["bot.cli.main", "tests.scenarios.ahead"]


@dataclass(frozen=True)
class Child:
    """A process, with the methods of `asyncio.subprocess.Process` that tests use."""

    process: BaseProcess

    @property
    def returncode(self) -> int | None:
        """The exit code; minus the signal's number after a signal; None while it runs."""
        return self.process.exitcode

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


def start(
    module: str,
    arguments: tuple[str, ...],
    directory: Path,
    environment: dict[str, str],
    *,
    out: Path,
    error: Path,
) -> Child:
    """Run `python -m module …` in a directory; what it prints is added to two files.

    A copy of the program, which PYTHONPATH names, is imported by its own process.
    """
    what = (module, arguments, directory, environment, out, error)
    if environment.get("PYTHONPATH", str(ROOT)) == str(ROOT):
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(PRELOADED)
        process: BaseProcess = forks.Process(target=_run, args=what, daemon=True)
    else:
        process = multiprocessing.get_context("spawn").Process(target=_run, args=what, daemon=True)
    process.start()
    return Child(process)


def _run(
    module: str,
    arguments: tuple[str, ...],
    directory: Path,
    environment: dict[str, str],
    out: Path,
    error: Path,
) -> None:
    for path, stream in ((out, sys.stdout), (error, sys.stderr)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, environment.get("PYTHONPATH", str(ROOT)))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


@dataclass(frozen=True)
class Finished:
    """What a process left: its exit code, and what it printed."""

    code: int
    out: str
    error: str


async def run(
    directory: Path, environment: dict[str, str], *arguments: str, module: str = "bot"
) -> Finished:
    """Run `python -m bot …` until it ends."""
    printed = Path(tempfile.mkdtemp(dir=directory))
    out, error = printed / "out", printed / "error"
    child = start(module, arguments, directory, environment, out=out, error=error)
    code = await child.wait()
    return Finished(code, out.read_text(), error.read_text())
