"""`pip install .`: the content of the wheel, and that it runs from any directory."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("bot", "handlers", "policy")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without the bot's variables, so that it cannot find the checkout."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the checkout, without the network."""
    out = tmp_path_factory.mktemp("wheel")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", out)
    built = run(sys.executable, "-m", "pip", "wheel", *offline, ROOT, cwd=out)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new virtual environment that borrows our packages; gives its `bin`."""
    new = tmp_path_factory.mktemp("venv")
    venv.create(new, symlinks=True)
    paths = {name: str(new) for name in ("base", "platbase")}
    packages = Path(sysconfig.get_path("purelib", vars=paths))
    borrowed = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    pip = (sys.executable, "-m", "pip", "--python", new / "bin/python", "install")
    done = run(*pip, "--no-index", "--no-deps", wheel, cwd=new)
    assert done.returncode == 0, done.stdout + done.stderr
    return new / "bin"


def test_the_wheel_has_every_file_of_the_three_directories_and_no_other(wheel: Path) -> None:
    """The wheel has the policies, the page and the script, but not the sandbox and the tests."""
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = [path for name in SHIPPED for path in (ROOT / name).rglob("*") if path.is_file()]
    expected = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert packed == expected
    assert {"lua", "cedar", "cedarschema", "html", "js"} <= {each.split(".")[-1] for each in packed}


def test_the_console_script_prints_its_help_from_any_directory(
    installed: Path, tmp_path: Path
) -> None:
    """The help shows the program's name, and the code comes from the installation."""
    result = run(installed / "keysmith", "--help", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: keysmith ")
    where = run(installed / "python", "-c", "import bot; print(bot.__file__)", cwd=tmp_path)
    assert Path(where.stdout).is_relative_to(installed.parent), where


def test_the_installed_policy_passes_its_cases(installed: Path, tmp_path: Path) -> None:
    """The installed program finds the shipped policy."""
    result = run(installed / "keysmith", "policy", "test", ROOT / "policy/cases.yaml", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.fullmatch(r"(\d+) of \1 cases hold\.\n", result.stdout)


def test_the_installed_check_names_what_is_missing(installed: Path, tmp_path: Path) -> None:
    """The exit code is 1, and the report names missing variables without a traceback."""
    result = run(installed / "keysmith", "check", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith("FAULT  settings: ")
    assert "KEYSMITH_KEYS is missing" in result.stdout


def test_every_dependency_is_pinned() -> None:
    """The pinned list has every dependency: `make lock` was run after the last change."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    pinned = (ROOT / "requirements.txt").read_text()
    blocks = re.findall(r"^([\w-]+)(?:\[\w+\])?==((?:.*\n)(?:[ ].*\n)+)", pinned, re.MULTILINE)
    locked = {name for name, block in blocks if "keysmith (pyproject.toml)" in block}
    assert {re.split(r"[^\w-]", each)[0] for each in listed} == locked
