"""CONTRIBUTING.md, followed literally: a new command in six Python files, running."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.processes import ROOT
from tests.scenarios.system import running_system

STEP: Final = re.compile(
    r"^In `(?P<file>[^`]+)`, (?P<how>before|after|replace) `(?P<line>[^`]+)`"
    r"(?: \(the (?P<which>first|second)\))?:\n\n```\w+\n(?P<text>.*?)```$",
    re.MULTILINE | re.DOTALL,
)
"""A step: where a block goes, by a line of the file, and the block."""
COPIED: Final = ("bot", "handlers", "policy", "pyproject.toml")
CACHE: Final = ".mypy_cache"
MOST_FILES: Final = 6


def steps() -> list[re.Match[str]]:
    """Read the steps of the document."""
    return [*STEP.finditer((ROOT / "CONTRIBUTING.md").read_text())]


def follow(step: re.Match[str], copy: Path) -> None:
    """Edit one file of the copy as the step says."""
    path = copy / step["file"]
    lines = path.read_text().splitlines(keepends=True)
    found = [number for number, line in enumerate(lines) if line.strip() == step["line"]]
    if step["which"] is None:
        assert len(found) == 1, f"{step['file']}: {step['line']} is there {len(found)} times"
    at = found[1 if step["which"] == "second" else 0]
    end = at if step["how"] == "before" else at + 1
    start = at + 1 if step["how"] == "after" else at
    lines[start:end] = [step["text"]]
    path.write_text("".join(lines))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the program and follow the document there."""
    copy = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            # With its bytecode, so that only what the steps change is compiled again.
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            shutil.copy2(source, copy / name)
    cache = ROOT / CACHE  # of `make check`: then mypy reads only what the steps change
    if cache.is_dir():
        shutil.copytree(cache, copy / CACHE)
    for step in steps():
        follow(step, copy)
    return copy


def test_a_new_command_touches_five_python_files_at_most() -> None:
    """The files that the document edits"""
    touched = {step["file"] for step in steps() if step["file"].endswith(".py")}
    assert 0 < len(touched) <= MOST_FILES, touched


@pytest.mark.timeout(500)  # in `make fuzz`, half of the program is checked again
async def test_the_copy_with_the_new_command_passes_the_type_check(copy: Path) -> None:
    """In strict mode, with the project's own settings: the files that the document edits

    They are what fails until a step is taken; `make fuzz` checks all of the program.
    """
    edited = sorted({step["file"] for step in steps() if step["file"].endswith(".py")})
    checked = ("bot", "handlers") if "FUZZ_EXAMPLES" in os.environ else edited
    stored = (copy / CACHE).is_dir()
    options = () if stored else ("--no-incremental", "--cache-dir", os.devnull)  # none comes after
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mypy", *options, *checked),
        cwd=copy,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()


async def test_the_new_command_runs_against_the_sandbox(copy: Path, tmp_path: Path) -> None:
    """It is parsed, decided, made once at Cloudinary, answered, and in the audit log"""
    async with running_system(tmp_path, PYTHONPATH=str(copy)) as system:
        assert "key touch" in str(await system.send("help key"))
        assert "is touched" in str(await system.send("key touch preview-builds"))
        assert len(await system.requests("PUT")) == 1
        (done,) = await system.effects("key:touch")
    assert done["target"]["name"] == "preview-builds"
