"""`make run`, as the README and the workflow use it, on free ports."""

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.ports import bind
from tests.scenarios.processes import ROOT

PORTS: Final = "--slack-port 0 --cloudinary-port 0 --bot-port 0"
LIMIT: Final = 100.0
"""Seconds; the step itself waits for 90."""


def recipe() -> str:
    """What `make run` runs, with this Python and on free ports."""
    found = re.search(r"^run: .*\n\t@(.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found
    command = found[1].replace("$(BIN)/python", shlex.quote(sys.executable))
    return command.replace(" -m sandbox ", f" -m sandbox {PORTS} ")


def step() -> str:
    """The workflow's step."""
    workflow: Any = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    (found,) = (
        each["run"] for each in workflow["jobs"]["test"]["steps"] if "make run >" in str(each)
    )
    return str(found)


async def test_make_run_serves_the_page_that_it_names(tmp_path: Path) -> None:
    """The workflow's own lines find the page in what is printed; then everything ends"""
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    make.write_text(f"#!/bin/sh\nexec {recipe()}\n")
    make.chmod(0o755)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment["PATH"] = f"{make.parent}:{environment['PATH']}"
    script = f"trap 'kill $!; wait $!; echo ended with $?' EXIT\n{step()}"
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-e", "-c", script), cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(shell.communicate(), LIMIT)
    log = (tmp_path / "run.log").read_text()
    assert (shell.returncode, out) == (0, b"ended with 0\n"), log
    assert "{" not in log, "no line of a log"
    assert "Ctrl-C" in log
    assert '"ready"' in (tmp_path / "var/sandbox/keysmith.log").read_text()
    assert "<title>" in (tmp_path / "page.html").read_text()


async def test_a_bot_that_cannot_start_is_told_in_its_own_words(tmp_path: Path) -> None:
    """And so is a port that another program has"""
    sentence = "Keysmith can't run."
    with bind() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        arguments = f"-m sandbox --slack-port {port} --cloudinary-port 0 --bot-port 0 --"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments.split(), "sh", "-c", f'echo "{sentence}" >&2; exit 3'),
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await asyncio.wait_for(process.communicate(), LIMIT)
    told = out.decode()
    assert process.returncode == 3
    assert f"Port {port} is in use: Slack uses " in told
    assert f"\n{sentence}\n" in told
    assert "stopped by itself (exit code 3). Its log: var/sandbox/keysmith.log" in told
